//! What a token is worth now, told to those it concerns (RFC 7662, RFC 9701).

use serde_json::{Value, json};
use vestibule::crypto::jws::{Algorithm, Jws};
use vestibule::protocol::tokens::ACCESS_TOKEN_TYPE;

use crate::support::databases::each_database;
use crate::support::hub::{MANAGEMENT_CLIENT, MANAGEMENT_SECRET, Registered};
use crate::support::sign_in::{Answer, Stage, add_client, changed, claims_of, fields, http, post_form, read};

impl Stage {
    pub async fn introspect(&self, token: &str) -> Answer {
        self.introspect_as(&self.app, token, &[]).await
    }

    async fn introspect_as(&self, client: &Registered, token: &str, headers: &[(&str, &str)]) -> Answer {
        let form = fields(&[("token", token), ("client_id", &client.client_id)]);
        let form = changed(&form, "client_secret", &client.secret);
        post_form(&self.hub.url("oauth/introspect"), &form, headers).await
    }

    async fn block(&self, is_blocked: bool) {
        let (user_id, now) = (self.user_id.clone(), self.hub.clock.now());
        self.hub.hub.store.write(move |tx| tx.set_blocked(&user_id, is_blocked, now)).await.unwrap();
    }
}

/// RFC 7662 §2.2: of a token that is not active nothing more is said.
fn is_inactive(answer: &Answer) -> bool {
    answer.status == 200 && answer.json == json!({"active": false})
}

#[actix_web::test]
async fn an_application_sees_its_own_tokens() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let tokens = stage.offline().await;
        let access = tokens.text_of("access_token");
        let answer = stage.introspect(&access).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
        let claims = claims_of(&access);
        assert_eq!(answer.json["active"], true);
        assert_eq!(answer.json["token_type"], "Bearer");
        for claim in ["iss", "sub", "aud", "client_id", "exp", "iat", "jti", "scope", "sid"] {
            assert!(!answer.json[claim].is_null(), "{claim}");
            assert_eq!(answer.json[claim], claims[claim], "{claim}");
        }
        let refresh = stage.introspect(&tokens.text_of("refresh_token")).await;
        assert_eq!(refresh.json["active"], true, "{refresh:?}");
        assert_eq!(refresh.json["sub"], claims["sub"]);
        assert_eq!(refresh.json["scope"], "openid profile email offline_access");
        assert_eq!(refresh.json["token_type"], Value::Null);
    }
}

#[actix_web::test]
async fn other_tokens_look_like_nothing() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let stranger = add_client(&stage.hub, json!({})).await;
        let tokens = stage.offline().await;
        let (access, refresh) = (tokens.text_of("access_token"), tokens.text_of("refresh_token"));
        for token in [&access, &refresh] {
            assert!(is_inactive(&stage.introspect_as(&stranger, token, &[]).await));
        }
        let elsewhere = Stage::on(stage.hub.database.another()).await.offline().await;
        let next = stage.next(&refresh).await;
        for token in [
            "nonsense",
            &stage.code(&[]).await,
            &tokens.text_of("id_token"),
            &elsewhere.text_of("access_token"),
            &elsewhere.text_of("refresh_token"),
            &stage.hub.management_token().await,
            &access[1..],
            &next[..85],
            // Used before.
            &refresh,
        ] {
            assert!(is_inactive(&stage.introspect(token).await), "{token}");
        }
        assert_eq!(stage.introspect(&next).await.json["active"], true, "looking takes nothing");
    }
}

/// CONTRACT, section 6: at the next introspection, on every node.
#[actix_web::test]
async fn a_token_is_dead_as_soon_as_its_person_or_grant_is() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let tokens = stage.offline().await;
        let both = [tokens.text_of("access_token"), tokens.text_of("refresh_token")];
        let is_active = async |expected: bool, why: &str| {
            for token in &both {
                let answer = stage.introspect(token).await;
                assert_eq!(answer.json["active"], expected, "{why}");
                assert!(expected || is_inactive(&answer), "{why}");
            }
        };
        is_active(true, "at first").await;
        stage.block(true).await;
        is_active(false, "blocked").await;
        stage.block(false).await;
        is_active(true, "unblocked").await;
        let connection = format!("connections/{}", stage.connection.id);
        stage.manage(reqwest::Method::PATCH, &connection, json!({"is_enabled": false})).await;
        is_active(false, "connection disabled").await;
        stage.manage(reqwest::Method::PATCH, &connection, json!({"is_enabled": true})).await;
        is_active(true, "connection enabled").await;
        assert_eq!(stage.revoke(&both[0]).await.status, 200);
        is_active(false, "revoked").await;

        let tokens = stage.offline().await;
        stage.hub.clock.advance(24 * 60 * 60);
        assert!(is_inactive(&stage.introspect(&tokens.text_of("access_token")).await));
        stage.hub.clock.advance(14 * 24 * 60 * 60);
        assert!(is_inactive(&stage.introspect(&tokens.text_of("refresh_token")).await));
    }
}

#[actix_web::test]
async fn an_applications_own_token_is_looked_at_by_itself() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let management = Registered { client_id: MANAGEMENT_CLIENT.into(), secret: MANAGEMENT_SECRET.into() };
        let token = stage.hub.management_token().await;
        let answer = stage.introspect_as(&management, &token, &[]).await;
        assert_eq!(answer.json["active"], true, "{answer:?}");
        assert_eq!(answer.json["aud"], stage.hub.hub.management_audience());
        assert_eq!(stage.revoke_as(&management, &token).await.status, 200);
        assert!(is_inactive(&stage.introspect_as(&management, &token, &[]).await));
    }
}

/// The API that an application is may look at every token made for it.
#[actix_web::test]
async fn an_api_sees_the_tokens_that_are_for_it_and_no_others() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let machine = json!({"app_type": "non_interactive", "callbacks": [], "allowed_logout_urls": []});
        let (caller, api) =
            (add_client(&stage.hub, machine.clone()).await, add_client(&stage.hub, machine.clone()).await);
        for (identifier, client) in [("urn:orders", &api), ("urn:others", &caller)] {
            let body = json!({
                "name": identifier, "identifier": identifier, "client_id": client.client_id,
                "scopes": [{"value": "read:orders"}],
            });
            stage.manage(reqwest::Method::POST, "resource-servers", body).await;
            let grant = json!({
                "client_id": caller.client_id, "audience": identifier, "scope": ["read:orders"],
            });
            stage.manage(reqwest::Method::POST, "client-grants", grant).await;
        }
        let now = stage.hub.clock.now().seconds();
        let token = |audience: &str| {
            let claims = json!({
                "iss": stage.hub.issuer, "sub": format!("{}@clients", caller.client_id), "aud": audience,
                "client_id": caller.client_id, "exp": now + 60, "iat": now, "jti": audience, "scope": "read:orders",
            });
            stage.hub.hub.keys.current().sign(Algorithm::RS256, ACCESS_TOKEN_TYPE, &claims).unwrap()
        };
        let (orders, others) = (token("urn:orders"), token("urn:others"));
        let seen = stage.introspect_as(&api, &orders, &[]).await;
        assert_eq!(seen.json["active"], true, "{seen:?}");
        assert_eq!(seen.json["client_id"], caller.client_id.as_str());
        assert!(is_inactive(&stage.introspect_as(&api, &others, &[]).await));
        assert!(is_inactive(&stage.introspect(&orders).await));
    }
}

/// An application on its own, whose rights an administrator takes back one by one.
#[actix_web::test]
async fn a_machines_token_is_worth_what_the_machine_may_have_now() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let settings = json!({
            "app_type": "non_interactive", "callbacks": [], "allowed_logout_urls": [],
            "grant_types": ["client_credentials"],
        });
        let machine = add_client(&stage.hub, settings).await;
        let scopes = [json!({"value": "read:orders"}), json!({"value": "pay:orders"})];
        let api = json!({"name": "Orders", "identifier": "urn:orders", "scopes": scopes});
        stage.manage(reqwest::Method::POST, "resource-servers", api).await;
        let grant = json!({
            "client_id": machine.client_id, "audience": "urn:orders", "scope": ["read:orders", "pay:orders"],
        });
        let grant = stage.manage(reqwest::Method::POST, "client-grants", grant).await.text_of("id");
        let form = fields(&[
            ("grant_type", "client_credentials"),
            ("client_id", &machine.client_id),
            ("client_secret", &machine.secret),
            ("audience", "urn:orders"),
        ]);
        let token = stage.token(&form).await.text_of("access_token");
        let seen = async || stage.introspect_as(&machine, &token, &[]).await;
        assert_eq!(seen().await.json["scope"], "pay:orders read:orders");
        let (grant, client) = (format!("client-grants/{grant}"), format!("clients/{}", machine.client_id));
        stage.manage(reqwest::Method::PATCH, &grant, json!({"scope": ["read:orders"]})).await;
        let narrowed = seen().await.json;
        assert_eq!((&narrowed["active"], &narrowed["scope"]), (&json!(true), &json!("read:orders")));
        let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
        stage.manage(reqwest::Method::PATCH, &client, json!({"grant_types": [exchange]})).await;
        assert!(is_inactive(&seen().await), "it may no longer act on its own");
        stage.manage(reqwest::Method::PATCH, &client, json!({"grant_types": ["client_credentials"]})).await;
        assert_eq!(seen().await.json["active"], true);
        stage.manage(reqwest::Method::DELETE, &grant, Value::Null).await;
        assert!(is_inactive(&seen().await), "the API is closed to it");
    }
}

/// Neither introspection nor UserInfo waits for the next token.
#[actix_web::test]
async fn a_scope_taken_out_of_the_registration_is_neither_shown_nor_open() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let token = stage.tokens(&[]).await.text_of("access_token");
        assert_eq!(stage.introspect(&token).await.json["scope"], "openid profile email");
        assert!(!stage.userinfo(&token).await.json["email"].is_null());
        let path = format!("clients/{}", stage.app.client_id);
        stage.manage(reqwest::Method::PATCH, &path, json!({"scope": "openid profile"})).await;
        assert_eq!(stage.introspect(&token).await.json["scope"], "openid profile");
        let told = stage.userinfo(&token).await.json;
        assert_eq!((&told["email"], &told["name"]), (&Value::Null, &json!("Ada Lovelace")), "{told}");
    }
}

/// RFC 9701 §5.
#[actix_web::test]
async fn an_answer_is_signed_for_whoever_asks_for_that() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let settings = json!({"introspection_signed_response_alg": "ES256"});
        let always = add_client(&stage.hub, settings).await;
        let access = stage.tokens(&[]).await.text_of("access_token");
        let jwt = "application/token-introspection+jwt";
        for (client, headers, algorithm, is_active) in [
            (&stage.app, &[("accept", jwt)][..], "RS256", true),
            (&always, &[][..], "ES256", false),
            (&always, &[("accept", "application/json")][..], "ES256", false),
        ] {
            let answer = stage.introspect_as(client, &access, headers).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, jwt));
            let claims =
                stage.hub.hub.keys.current().verify::<Value>(&answer.text, "token-introspection+jwt");
            let claims = claims.expect("signed by our key");
            assert_eq!(Jws::parse(&answer.text).unwrap().algorithm, algorithm);
            assert_eq!(claims["iss"], stage.hub.issuer.as_str());
            assert_eq!(claims["aud"], client.client_id.as_str());
            assert!(claims["iat"].is_i64());
            assert_eq!(claims["token_introspection"]["active"], is_active);
            // So that the answer is never taken for an access or ID token.
            assert!(claims["sub"].is_null() && claims["exp"].is_null());
        }
    }
}

#[actix_web::test]
async fn introspection_is_for_applications_that_prove_who_they_are() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let token = stage.tokens(&[]).await.text_of("access_token");
        let url = stage.hub.url("oauth/introspect");
        let public =
            add_client(&stage.hub, json!({"app_type": "spa", "token_endpoint_auth_method": "none"})).await;
        assert_eq!(stage.introspect_as(&public, &token, &[]).await.error(), (401, "invalid_client"));
        let wrong = Registered { client_id: stage.app.client_id.clone(), secret: "wrong".into() };
        assert_eq!(stage.introspect_as(&wrong, &token, &[]).await.error(), (401, "invalid_client"));
        let bearer = format!("Bearer {token}");
        let answer = post_form(&url, &fields(&[("token", &token)]), &[("authorization", &bearer)]).await;
        assert_eq!(answer.error(), (401, "invalid_client"));
        assert_eq!(stage.introspect("").await.error(), (400, "invalid_request"));
        assert_eq!(read(http().get(&url)).await.status, 405);
        assert!(stage.hub.log().await.iter().any(|entry| entry.log_type == "fint"));
    }
}
