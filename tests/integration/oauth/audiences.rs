//! Tokens for APIs: `audience`, and `resource` (RFC 8707), which means the same.

use serde_json::{Value, json};
use vestibule::crypto::jws::Jws;

use crate::support::databases::{each_database, sqlite};
use crate::support::hub::Registered;
use crate::support::sign_in::{
    Answer, PERSON, Stage, add_client, ask, changed, claims_of, code_of, error_of, fields,
};

const ORDERS: &str = "https://orders.example/";
const SCOPE: (&str, &str) = ("scope", "openid email read write unknown");

/// Declares the API [`ORDERS`] with the scopes read, write and pay.
async fn declare(stage: &Stage, more: Value) -> String {
    let scopes: Vec<Value> = ["read", "write", "pay"].map(|value| json!({"value": value})).to_vec();
    let mut body = json!({"identifier": ORDERS, "name": "Orders", "scopes": scopes});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage.manage(reqwest::Method::POST, "resource-servers", body).await.text_of("id")
}

async fn grant(stage: &Stage, client_id: &str, scope: &[&str]) -> String {
    let body = json!({"client_id": client_id, "audience": ORDERS, "scope": scope});
    stage.manage(reqwest::Method::POST, "client-grants", body).await.text_of("id")
}

/// A third-party application that the person may sign in to.
async fn third_party(stage: &Stage, more: Value) -> Registered {
    let path = format!("connections/{}", stage.connection.id);
    stage.manage(reqwest::Method::PATCH, &path, json!({"is_domain_connection": true})).await;
    let mut body = json!({"name": "Third", "is_first_party": false});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    add_client(&stage.hub, body).await
}

/// The tokens of the person for `app`, who allows whatever is asked.
async fn tokens_of(stage: &Stage, app: &Registered, changes: &[(&str, &str)]) -> Answer {
    let mut browser = stage.member().await;
    let page = browser.walk(&ask(&stage.hub.issuer, &app.client_id, changes), PERSON).await;
    let form = stage.exchange(&code_of(&page));
    let form = changed(&form, "client_id", &app.client_id);
    let answer = stage.token(&changed(&form, "client_secret", &app.secret)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

fn header_of(token: &str) -> String {
    Jws::parse(token).unwrap().algorithm
}

fn access_claims(answer: &Answer) -> Value {
    claims_of(&answer.text_of("access_token"))
}

#[actix_web::test]
async fn a_token_for_an_api_names_it_carries_its_scopes_and_opens_userinfo_too() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        declare(&stage, json!({"signing_alg": "ES256", "token_lifetime": 600})).await;
        for name in ["audience", "resource"] {
            let tokens = stage.tokens(&[SCOPE, (name, ORDERS)]).await;
            let claims = access_claims(&tokens);
            assert_eq!(claims["aud"], json!([ORDERS, stage.hub.url("userinfo")]), "{name}");
            assert_eq!(claims["scope"], "openid email read write");
            assert_eq!(tokens.json["scope"], claims["scope"]);
            assert_eq!(tokens.json["expires_in"], 600);
            assert_eq!(header_of(&tokens.text_of("access_token")), "ES256");
            assert_eq!(header_of(&tokens.text_of("id_token")), "RS256");
            let userinfo = stage.userinfo(&tokens.text_of("access_token")).await;
            assert_eq!((userinfo.status, userinfo.json["sub"].as_str()), (200, Some(stage.user_id.as_str())));
        }
        // Without openid the token is for the API alone, and UserInfo refuses it.
        let tokens = stage.tokens(&[("scope", "read"), ("audience", ORDERS)]).await;
        assert_eq!(access_claims(&tokens)["aud"], ORDERS);
        assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 401);
        // Without an audience there are no scopes of an API.
        let tokens = stage.tokens(&[SCOPE]).await;
        assert_eq!(access_claims(&tokens)["aud"], stage.hub.url("userinfo"));
        assert_eq!(access_claims(&tokens)["scope"], "openid email");
    }
}

#[actix_web::test]
async fn an_unknown_closed_or_second_audience_is_an_invalid_target() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        declare(&stage, json!({})).await;
        let management = stage.hub.url("api/v2/");
        let mut browser = stage.member().await;
        for changes in [
            &[("audience", "urn:nothing")][..],
            &[("resource", "urn:nothing")],
            &[("audience", management.as_str())],
            &[("resource", "not-a-uri")],
            &[("resource", "https://orders.example/#part")],
            &[("audience", ORDERS), ("resource", "urn:other")],
        ] {
            let page = browser.open(&stage.ask(changes)).await;
            assert_eq!(error_of(&stage, &page), "invalid_target", "{changes:?}");
        }
        let two = format!("{}&resource=urn%3Aother", stage.ask(&[("resource", ORDERS)]));
        assert_eq!(error_of(&stage, &browser.open(&two).await), "invalid_target");
        let twice = format!("{}&resource={ORDERS}", stage.ask(&[("resource", ORDERS), ("audience", ORDERS)]));
        code_of(&browser.open(&twice).await);
    }
}

#[actix_web::test]
async fn a_code_is_for_the_audience_it_was_asked_for() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        declare(&stage, json!({})).await;
        for (asked, named, expected) in [
            (Some(ORDERS), Some(ORDERS), 200),
            (Some(ORDERS), None, 200),
            (Some(ORDERS), Some("urn:other"), 400),
            (None, Some(ORDERS), 400),
        ] {
            let changes: Vec<(&str, &str)> = asked.map(|asked| ("audience", asked)).into_iter().collect();
            let mut form = stage.exchange(&stage.code(&changes).await);
            form.extend(fields(&named.map(|named| ("resource", named)).into_iter().collect::<Vec<_>>()));
            let answer = stage.token(&form).await;
            assert_eq!(answer.status, expected, "{asked:?} {named:?} {answer:?}");
            if expected == 400 {
                assert_eq!(answer.error().1, "invalid_target");
            }
        }
    }
}

#[actix_web::test]
async fn the_shorter_of_two_lifetimes_counts() {
    let stage = Stage::with_client(sqlite(), json!({"access_token_ttl": 300})).await;
    let id = declare(&stage, json!({"token_lifetime": 600})).await;
    let seconds = async || stage.tokens(&[SCOPE, ("audience", ORDERS)]).await.json["expires_in"].clone();
    assert_eq!(seconds().await, 300);
    let path = format!("resource-servers/{id}");
    let shorter = json!({"token_lifetime": 120, "token_lifetime_for_web": 60});
    stage.manage(reqwest::Method::PATCH, &path, shorter).await;
    assert_eq!(seconds().await, 120);
}

#[actix_web::test]
async fn a_third_party_application_gets_what_it_was_granted_and_the_rest_is_dropped() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        declare(&stage, json!({})).await;
        let third = third_party(&stage, json!({})).await;
        // Without a client grant the API is closed to it, and its login goes on without.
        let tokens = tokens_of(&stage, &third, &[SCOPE, ("audience", ORDERS)]).await;
        assert_eq!(access_claims(&tokens)["aud"], stage.hub.url("userinfo"));
        assert_eq!(access_claims(&tokens)["scope"], "openid email");
        let grant = grant(&stage, &third.client_id, &["read", "pay"]).await;
        let tokens = tokens_of(&stage, &third, &[SCOPE, ("audience", ORDERS)]).await;
        assert_eq!(access_claims(&tokens)["aud"], json!([ORDERS, stage.hub.url("userinfo")]));
        assert_eq!(access_claims(&tokens)["scope"], "openid email read");
        // Taken back between code and tokens, it no longer counts.
        let mut browser = stage.member().await;
        let changes = [SCOPE, ("audience", ORDERS)];
        let page = browser.walk(&ask(&stage.hub.issuer, &third.client_id, &changes), PERSON).await;
        stage.manage(reqwest::Method::DELETE, &format!("client-grants/{grant}"), Value::Null).await;
        let form = changed(&stage.exchange(&code_of(&page)), "client_id", &third.client_id);
        let answer = stage.token(&changed(&form, "client_secret", &third.secret)).await;
        assert_eq!(answer.error(), (400, "invalid_grant"));
        assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 401);
    }
}

#[actix_web::test]
async fn an_api_that_is_not_for_people_who_are_away_gives_no_refresh_token() {
    for allowed in [false, true] {
        let grant_types = json!({"grant_types": ["authorization_code", "refresh_token"]});
        let stage = Stage::with_client(sqlite(), grant_types).await;
        declare(&stage, json!({"allow_offline_access": allowed})).await;
        let changes = [("scope", "openid offline_access read"), ("audience", ORDERS)];
        let tokens = stage.tokens(&changes).await;
        assert_eq!(tokens.json.get("refresh_token").is_some(), allowed, "{tokens:?}");
        let expected = if allowed { "openid offline_access read" } else { "openid read" };
        assert_eq!(tokens.json["scope"], expected);
        assert!(stage.tokens(&changes[..1]).await.json.get("refresh_token").is_some(), "without the API");
    }
}

#[actix_web::test]
async fn a_part_of_the_profile_that_the_application_is_not_registered_for_is_an_error() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let third = third_party(&stage, json!({"scope": "openid email"})).await;
        let mut browser = stage.member().await;
        for scope in ["openid profile", "openid email phone", "address"] {
            let page = browser.open(&ask(&stage.hub.issuer, &third.client_id, &[("scope", scope)])).await;
            assert_eq!(error_of(&stage, &page), "invalid_scope", "{scope}");
        }
        let tokens = tokens_of(&stage, &third, &[("scope", "openid email unknown")]).await;
        assert_eq!(tokens.json["scope"], "openid email");
        // Taken out of the registration between code and tokens, it is not released.
        let url = ask(&stage.hub.issuer, &third.client_id, &[("scope", "openid email")]);
        let page = browser.walk(&url, PERSON).await;
        let path = format!("clients/{}", third.client_id);
        stage.manage(reqwest::Method::PATCH, &path, json!({"scope": "openid"})).await;
        let form = changed(&stage.exchange(&code_of(&page)), "client_id", &third.client_id);
        let answer = stage.token(&changed(&form, "client_secret", &third.secret)).await;
        assert_eq!(answer.json["scope"], "openid", "{answer:?}");
        assert_eq!(claims_of(&answer.text_of("id_token")).get("email"), None);
    }
}

/// Incident 33 of its kind: a list of what is allowed that one of the grants does not ask (GHSA-7qjx-gp9h-65qj).
#[actix_web::test]
async fn no_grant_gives_a_token_for_an_api_that_is_closed_to_the_application() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        declare(&stage, json!({})).await;
        let settings = json!({
            "grant_types": ["authorization_code", "implicit", "client_credentials", "refresh_token"],
            "response_types": ["code", "id_token token", "code token", "code id_token token"],
        });
        let third = third_party(&stage, settings).await;
        let management = stage.hub.url("api/v2/");
        let mut browser = stage.member().await;
        for audience in [ORDERS, management.as_str()] {
            for response_type in ["code", "id_token token", "code token", "code id_token token"] {
                let changes = [SCOPE, ("audience", audience), ("response_type", response_type)];
                let page = browser.walk(&ask(&stage.hub.issuer, &third.client_id, &changes), PERSON).await;
                let mut tokens: Vec<String> = page.answered("access_token").into_iter().collect();
                if let Some(code) = page.answered("code") {
                    let mut form = changed(&stage.exchange(&code), "client_id", &third.client_id);
                    form = changed(&form, "client_secret", &third.secret);
                    let with_audience = changed(&form, "audience", audience);
                    assert_eq!(stage.token(&with_audience).await.error(), (400, "invalid_target"));
                    let page =
                        browser.walk(&ask(&stage.hub.issuer, &third.client_id, &changes), PERSON).await;
                    let answer = stage.token(&changed(&form, "code", &code_of(&page))).await;
                    tokens.push(answer.text_of("access_token"));
                }
                assert_eq!(tokens.is_empty(), audience == management, "{audience} {response_type}");
                for token in tokens {
                    let claims = claims_of(&token);
                    assert_eq!(claims["aud"], stage.hub.url("userinfo"), "{response_type}");
                    assert_eq!(claims["scope"], "openid email", "{response_type}");
                }
            }
            let form = fields(&[
                ("grant_type", "client_credentials"),
                ("client_id", &third.client_id),
                ("client_secret", &third.secret),
                ("audience", audience),
            ]);
            assert_eq!(stage.token(&form).await.error(), (400, "access_denied"), "{audience}");
        }
    }
}

#[actix_web::test]
async fn nothing_is_granted_for_an_api_that_is_gone() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let id = declare(&stage, json!({})).await;
        let tokens = stage.tokens(&[SCOPE, ("audience", ORDERS)]).await;
        let code = stage.code(&[("audience", ORDERS)]).await;
        stage.manage(reqwest::Method::DELETE, &format!("resource-servers/{id}"), Value::Null).await;
        assert_eq!(stage.redeem(&code).await.error(), (400, "invalid_grant"));
        assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 401);
        let page = stage.member().await.open(&stage.ask(&[("audience", ORDERS)])).await;
        assert_eq!(error_of(&stage, &page), "invalid_target");
        // Another API of the same name starts with nothing.
        declare(&stage, json!({})).await;
        assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 401);
    }
}
