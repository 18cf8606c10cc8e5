//! An access token becomes one for another API, worth no more than the first (RFC 8693).

use reqwest::Method;
use serde_json::{Value, json};

use super::refresh::with;
use crate::support::browser::Fields;
use crate::support::databases::{TestDatabase, each_database};
use crate::support::hub::Registered;
use crate::support::sign_in::{Answer, Stage, add_client, claims_of, fields};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// People sign in to an application that calls the API `urn:orders`; that calls `urn:invoices` for them.
struct Chain {
    stage: Stage,
    /// The application that is the API `urn:orders`.
    orders: Registered,
    /// The application that is the API `urn:invoices`.
    invoices: Registered,
    grant: Value,
}

impl Chain {
    async fn on(database: TestDatabase) -> Self {
        let stage = Stage::on(database).await;
        let machine = json!({
            "app_type": "non_interactive", "callbacks": [], "allowed_logout_urls": [],
            "grant_types": ["client_credentials", GRANT_TYPE],
        });
        let orders = add_client(&stage.hub, machine.clone()).await;
        let invoices = add_client(&stage.hub, machine).await;
        for (identifier, client, scopes) in [
            ("urn:orders", &orders, &["read:orders", "read:invoices", "write:invoices"][..]),
            ("urn:invoices", &invoices, &["read:invoices", "write:invoices", "delete:invoices"][..]),
        ] {
            let scopes: Vec<Value> = scopes.iter().map(|scope| json!({"value": scope})).collect();
            let body = json!({
                "name": identifier, "identifier": identifier, "client_id": client.client_id, "scopes": scopes,
            });
            stage.manage(Method::POST, "resource-servers", body).await;
        }
        let grant = json!({
            "client_id": orders.client_id, "audience": "urn:invoices",
            "scope": ["read:invoices", "delete:invoices"],
        });
        let grant = stage.manage(Method::POST, "client-grants", grant).await.json;
        let chain = Self { stage, orders, invoices, grant };
        let both = [chain.stage.app.client_id.as_str(), &chain.orders.client_id, &chain.invoices.client_id];
        chain.enable(&both).await;
        chain
    }

    async fn enable(&self, clients: &[&str]) {
        let path = format!("connections/{}", self.stage.connection.id);
        self.stage.manage(Method::PATCH, &path, json!({"enabled_clients": clients})).await;
    }

    /// A person's token for `urn:orders`.
    async fn token(&self) -> String {
        let scope = "openid read:orders read:invoices write:invoices";
        self.stage.tokens(&[("audience", "urn:orders"), ("scope", scope)]).await.text_of("access_token")
    }

    fn form(&self, token: &str) -> Fields {
        fields(&[
            ("grant_type", GRANT_TYPE),
            ("client_id", &self.orders.client_id),
            ("client_secret", &self.orders.secret),
            ("subject_token", token),
            ("subject_token_type", ACCESS_TOKEN),
            ("audience", "urn:invoices"),
        ])
    }

    async fn exchange(&self, token: &str) -> Answer {
        self.stage.token(&self.form(token)).await
    }

    async fn is_active(&self, token: &str) -> bool {
        self.seen(token).await["active"] == true
    }

    /// What the application that is `urn:invoices` is told of a token.
    async fn seen(&self, token: &str) -> Value {
        let form = fields(&[
            ("token", token),
            ("client_id", &self.invoices.client_id),
            ("client_secret", &self.invoices.secret),
        ]);
        let url = self.stage.hub.url("oauth/introspect");
        crate::support::sign_in::post_form(&url, &form, &[]).await.json
    }
}

#[actix_web::test]
async fn an_api_calls_another_for_the_person_and_says_so() {
    for database in each_database() {
        let chain = Chain::on(database).await;
        let token = chain.token().await;
        let answer = chain.exchange(&token).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json["issued_token_type"], ACCESS_TOKEN);
        assert_eq!(answer.json["token_type"], "Bearer");
        // Of the first token's scopes those that the client grant allows.
        assert_eq!(answer.json["scope"], "read:invoices");
        assert!(answer.json["refresh_token"].is_null() && answer.json["id_token"].is_null());
        let (before, after) = (claims_of(&token), claims_of(&answer.text_of("access_token")));
        assert_eq!(after["aud"], "urn:invoices");
        assert_eq!(after["client_id"], chain.orders.client_id.as_str());
        assert_eq!(after["act"], json!({"sub": chain.orders.client_id}));
        for claim in ["iss", "sub", "sid", "auth_time"] {
            assert_eq!(before[claim], after[claim], "{claim}");
        }
        assert!(after["exp"].as_i64() <= before["exp"].as_i64());
        assert!(chain.is_active(&answer.text_of("access_token")).await);
        // It opens nothing else.
        let userinfo = chain.stage.userinfo(&answer.text_of("access_token")).await;
        assert_eq!(userinfo.error(), (401, "invalid_token"));
        let log = chain.stage.hub.log().await;
        let entry = log.iter().find(|entry| entry.log_type == "secte").expect("the exchange is logged");
        assert_eq!(entry.user_id.as_deref(), Some(chain.stage.user_id.as_str()));
    }
}

#[actix_web::test]
async fn an_exchange_never_widens_the_scope() {
    for database in each_database() {
        let chain = Chain::on(database).await;
        let form = chain.form(&chain.token().await);
        for (scope, expected) in [
            ("read:invoices", (200, "")),
            // In the token, not in the client grant; in the grant, not in the token; in neither.
            ("write:invoices", (400, "invalid_scope")),
            ("delete:invoices", (400, "invalid_scope")),
            ("read:invoices openid", (400, "invalid_scope")),
        ] {
            let answer = chain.stage.token(&with(&form, "scope", scope)).await;
            assert_eq!(answer.error(), expected, "{scope}: {answer:?}");
        }
    }
}

/// Incidents: a list of allowed connections was not asked in the exchange (GHSA-7qjx-gp9h-65qj); revoked and foreign
/// tokens were exchanged (CVE-2026-9097).
#[actix_web::test]
async fn any_single_wrong_thing_refuses_an_exchange() {
    for database in each_database() {
        let chain = Chain::on(database).await;
        let stage = &chain.stage;
        let token = chain.token().await;
        let form = chain.form(&token);
        let by = |client: &Registered| {
            with(&with(&form, "client_id", &client.client_id), "client_secret", &client.secret)
        };
        let tokens = stage.offline().await;
        let elsewhere = Stage::on(stage.hub.database.another()).await.tokens(&[]).await;
        let third_party = json!({
            "app_type": "regular_web", "is_first_party": false,
            "grant_types": ["authorization_code", GRANT_TYPE],
        });
        let third_party = add_client(&stage.hub, third_party).await;
        let public = json!({
            "app_type": "spa", "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", GRANT_TYPE],
        });
        let public = add_client(&stage.hub, public).await;
        // An API of people's tokens that is a third party all the same.
        let api = json!({"name": "Third", "identifier": "urn:third", "client_id": third_party.client_id});
        stage.manage(Method::POST, "resource-servers", api).await;
        let for_third = stage.tokens(&[("audience", "urn:third"), ("scope", "openid")]).await;
        let by_third_api = with(&by(&third_party), "subject_token", &for_third.text_of("access_token"));
        let management = stage.hub.hub.management_audience();
        for (what, form, code) in [
            ("no subject token", with(&form, "subject_token", ""), "invalid_request"),
            ("an ID token", with(&form, "subject_token", &tokens.text_of("id_token")), "invalid_request"),
            (
                "a refresh token",
                with(&form, "subject_token", &tokens.text_of("refresh_token")),
                "invalid_request",
            ),
            (
                "nobody's business",
                with(&form, "subject_token", &tokens.text_of("access_token")),
                "invalid_request",
            ),
            (
                "another issuer's",
                with(&form, "subject_token", &elsewhere.text_of("access_token")),
                "invalid_request",
            ),
            (
                "an application's",
                with(&form, "subject_token", &stage.hub.management_token().await),
                "invalid_request",
            ),
            ("no type", with(&form, "subject_token_type", ""), "invalid_request"),
            (
                "another type",
                with(&form, "subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
                "invalid_request",
            ),
            (
                "wanting another type",
                with(&form, "requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"),
                "invalid_request",
            ),
            ("an actor's token", with(&form, "actor_token", &token), "invalid_request"),
            ("no audience", with(&form, "audience", ""), "invalid_request"),
            ("an unknown API", with(&form, "audience", "urn:nothing"), "invalid_target"),
            ("no client grant", with(&form, "audience", "urn:orders"), "invalid_target"),
            ("the Management API", with(&form, "audience", &management), "invalid_target"),
            ("another API's application", by(&chain.invoices), "invalid_request"),
            ("a third-party application", by(&third_party), "invalid_request"),
            ("a third party's API", by_third_api, "unauthorized_client"),
            ("no such grant type", by(&stage.app), "unauthorized_client"),
            ("a public application", by(&public), "unauthorized_client"),
        ] {
            let answer = stage.token(&form).await;
            assert_eq!(answer.error(), (400, code), "{what}: {answer:?}");
        }
        let user_id = stage.user_id.clone();
        let block = async |is_blocked: bool| {
            let (user_id, now) = (user_id.clone(), stage.hub.clock.now());
            stage.hub.hub.store.write(move |tx| tx.set_blocked(&user_id, is_blocked, now)).await.unwrap();
        };
        block(true).await;
        assert_eq!(chain.exchange(&token).await.error(), (400, "invalid_request"), "blocked");
        block(false).await;
        chain.enable(&[&stage.app.client_id, &chain.invoices.client_id]).await;
        assert_eq!(chain.exchange(&token).await.error(), (400, "invalid_request"), "connection closed");
        chain.enable(&[&stage.app.client_id, &chain.orders.client_id]).await;
        assert_eq!(chain.exchange(&token).await.status, 200, "nothing wrong any more");
        assert_eq!(stage.revoke(&token).await.status, 200);
        assert_eq!(chain.exchange(&token).await.error(), (400, "invalid_request"), "revoked");
        assert!(stage.hub.log().await.iter().any(|entry| entry.log_type == "fecte"));
        let late = chain.token().await;
        stage.hub.clock.advance(25 * 60 * 60);
        assert_eq!(chain.exchange(&late).await.error(), (400, "invalid_request"), "expired");
    }
}

#[actix_web::test]
async fn what_ends_the_first_token_ends_the_second_and_not_the_other_way_round() {
    for database in each_database() {
        let chain = Chain::on(database).await;
        let token = chain.token().await;
        let (one, other) = (chain.exchange(&token).await, chain.exchange(&token).await);
        let (one, other) = (one.text_of("access_token"), other.text_of("access_token"));
        // Given back by the application that got it: alone.
        assert_eq!(chain.stage.revoke(&one).await.error(), (400, "invalid_grant"));
        assert_eq!(chain.stage.revoke_as(&chain.orders, &one).await.status, 200);
        assert!(!chain.is_active(&one).await && chain.is_active(&other).await);
        assert_eq!(chain.stage.userinfo(&token).await.status, 200);
        // Nor without the connection that the person signed in through.
        chain.enable(&[&chain.stage.app.client_id, &chain.invoices.client_id]).await;
        assert!(!chain.is_active(&other).await);
        chain.enable(&[&chain.stage.app.client_id, &chain.orders.client_id]).await;
        // Without its client grant the application keeps nothing.
        let path = format!("client-grants/{}", chain.grant["id"].as_str().unwrap());
        chain.stage.manage(Method::PATCH, &path, json!({"scope": ["read:invoices"]})).await;
        assert!(chain.is_active(&other).await);
        assert_eq!(chain.stage.revoke(&token).await.status, 200);
        assert!(!chain.is_active(&other).await);
        let third = chain.exchange(&chain.token().await).await.text_of("access_token");
        assert!(chain.is_active(&third).await);
        chain.stage.manage(Method::DELETE, &path, Value::Null).await;
        assert!(!chain.is_active(&third).await);
    }
}

#[actix_web::test]
async fn a_token_is_handed_on_with_the_names_of_all_who_did_so() {
    for database in each_database() {
        let chain = Chain::on(database).await;
        for (client, audience) in [(&chain.invoices, "urn:orders"), (&chain.orders, "urn:orders")] {
            let grant = json!({
                "client_id": client.client_id, "audience": audience, "scope": ["read:invoices"],
            });
            chain.stage.manage(Method::POST, "client-grants", grant).await;
        }
        let mut token = chain.token().await;
        let mut expected = Value::Null;
        for step in 0..5 {
            let (client, audience) =
                if step % 2 == 0 { (&chain.orders, "urn:invoices") } else { (&chain.invoices, "urn:orders") };
            let form = with(&chain.form(&token), "client_id", &client.client_id);
            let form = with(&with(&form, "client_secret", &client.secret), "audience", audience);
            let answer = chain.stage.token(&form).await;
            if step == 4 {
                assert_eq!(answer.error(), (400, "invalid_request"), "handed on too often");
                break;
            }
            assert_eq!(answer.status, 200, "{answer:?}");
            token = answer.text_of("access_token");
            let mut act = json!({"sub": client.client_id});
            if !expected.is_null() {
                act["act"] = expected;
            }
            expected = act;
            assert_eq!(claims_of(&token)["act"], expected);
        }
    }
}

#[actix_web::test]
async fn no_exchanged_token_outlives_the_first_nor_the_grant() {
    for database in each_database() {
        let chain = Chain::on(database).await;
        let token = chain.token().await;
        let end = |token: &str| claims_of(token)["exp"].as_i64().unwrap();
        chain.stage.hub.clock.advance(3_600);
        let exchanged = chain.exchange(&token).await;
        assert_eq!(end(&exchanged.text_of("access_token")), end(&token));
        let left = end(&token) - chain.stage.hub.clock.now().seconds();
        assert!((exchanged.json["expires_in"].as_i64().unwrap() - left).abs() <= 1, "{exchanged:?}");
        let soon = chain.stage.hub.clock.now().plus_seconds(60);
        chain.stage.hub.database.execute(&format!("UPDATE grants SET expires_at = {}", soon.millis()));
        // As if by another node: this one may remember the grant for half a second.
        chain.stage.hub.clock.advance(1);
        assert_eq!(end(&chain.exchange(&token).await.text_of("access_token")), soon.seconds());
    }
}

/// A client grant that became narrower counts for tokens that are there already, and for what they are exchanged for.
#[actix_web::test]
async fn a_scope_taken_back_is_neither_shown_nor_handed_on() {
    for database in each_database() {
        let chain = Chain::on(database).await;
        let back = json!({
            "client_id": chain.invoices.client_id, "audience": "urn:orders", "scope": ["read:invoices"],
        });
        chain.stage.manage(Method::POST, "client-grants", back).await;
        let token = chain.exchange(&chain.token().await).await.text_of("access_token");
        let form = with(&chain.form(&token), "client_id", &chain.invoices.client_id);
        let form = with(&with(&form, "client_secret", &chain.invoices.secret), "audience", "urn:orders");
        assert_eq!(chain.stage.token(&form).await.json["scope"], "read:invoices");
        assert_eq!(chain.seen(&token).await["scope"], "read:invoices");
        let path = format!("client-grants/{}", chain.grant["id"].as_str().unwrap());
        chain.stage.manage(Method::PATCH, &path, json!({"scope": ["delete:invoices"]})).await;
        let seen = chain.seen(&token).await;
        assert_eq!((&seen["active"], &seen["scope"]), (&json!(true), &json!("")), "{seen}");
        assert_eq!(chain.stage.token(&form).await.error(), (400, "invalid_scope"));
    }
}
