//! What the `claims` parameter releases, and to whom.

use serde_json::{Value, json};

use crate::support::databases::each_database;
use crate::support::sign_in::{Stage, claims_of, error_of};

/// What UserInfo and the ID token say after a request with these `claims` and this scope.
async fn said(stage: &Stage, scope: &str, claims: &Value) -> (Value, Value) {
    let tokens = stage.tokens(&[("scope", scope), ("claims", &claims.to_string())]).await;
    let userinfo = stage.userinfo(&tokens.text_of("access_token")).await;
    assert_eq!(userinfo.status, 200, "{userinfo:?}");
    (userinfo.json, claims_of(&tokens.text_of("id_token")))
}

/// Module: oidcc-claims-essential
#[actix_web::test]
async fn a_claim_asked_for_by_name_comes_where_it_was_asked_for() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let (userinfo, id_token) =
            said(&stage, "openid", &json!({"userinfo": {"name": {"essential": true}}})).await;
        assert_eq!((&userinfo["name"], &id_token["name"]), (&json!("Ada Lovelace"), &Value::Null));
        let (userinfo, id_token) = said(
            &stage,
            "openid",
            &json!({"id_token": {"given_name": null, "auth_time": {"essential": true}}}),
        )
        .await;
        assert_eq!((&userinfo["given_name"], &id_token["given_name"]), (&Value::Null, &json!("Ada")));
        assert!(id_token["auth_time"].is_i64());
        // Beside what the scope releases, not in its place.
        let (userinfo, _) = said(&stage, "openid email", &json!({"userinfo": {"family_name": null}})).await;
        assert_eq!(
            (&userinfo["email_verified"], &userinfo["family_name"]),
            (&json!(true), &json!("Lovelace"))
        );
    }
}

#[actix_web::test]
async fn what_is_missing_or_has_another_value_is_left_out_and_no_error() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let asked = json!({"userinfo": {
            "birthdate": {"essential": true},
            "given_name": {"value": "Bob"},
            "family_name": {"values": ["Byron", "Lovelace"]},
            "made_up": {"essential": true},
        }});
        let (userinfo, _) = said(&stage, "openid", &asked).await;
        assert_eq!(userinfo, json!({"sub": stage.user_id, "family_name": "Lovelace"}));
    }
}

#[actix_web::test]
async fn a_claim_that_is_no_standard_claim_is_released_by_profile_claims_alone() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let path = format!("users/{}", stage.user_id.replace('|', "%7C"));
        let attributes = json!({"user_metadata": {"plan": "big"}});
        stage.manage(reqwest::Method::PATCH, &path, attributes).await;
        let asked = json!({"userinfo": {"user_metadata": null, "plan": null, "blocked": null}});
        let (userinfo, _) = said(&stage, "openid", &asked).await;
        assert_eq!(userinfo, json!({"sub": stage.user_id}));
    }
}

#[actix_web::test]
async fn a_third_party_application_gets_what_its_scopes_stand_for_and_no_more() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"is_first_party": false})).await;
        let path = format!("connections/{}", stage.connection.id);
        stage.manage(reqwest::Method::PATCH, &path, json!({"is_domain_connection": true})).await;
        let asked = json!({"userinfo": {"email": null}, "id_token": {"email": {"essential": true}}});
        let (userinfo, id_token) = said(&stage, "openid", &asked).await;
        assert_eq!((&userinfo["email"], &id_token["email"]), (&Value::Null, &Value::Null));
        let (userinfo, _) = said(&stage, "openid email", &asked).await;
        assert_eq!(userinfo["email"], "ada@people.example");
    }
}

#[actix_web::test]
async fn a_malformed_claims_parameter_is_refused() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.member().await;
        let large = json!({"userinfo": {"name": {"value": "x".repeat(5_000)}}}).to_string();
        let many: serde_json::Map<String, Value> =
            (0..101).map(|number| (format!("c{number}"), Value::Null)).collect();
        let many = json!({"userinfo": many}).to_string();
        for claims in
            ["{", "[]", "null", r#"{"userinfo":"name"}"#, r#"{"id_token":{"acr":5}}"#, &large, &many]
        {
            let page = browser.open(&stage.ask(&[("prompt", "none"), ("claims", claims)])).await;
            assert_eq!(error_of(&stage, &page), "invalid_request", "{claims}");
        }
        for claims in ["{}", r#"{"userinfo":{},"id_token":null,"new":{"a":1}}"#] {
            let page = browser.open(&stage.ask(&[("prompt", "none"), ("claims", claims)])).await;
            assert!(page.answered("code").is_some(), "{claims}: {page:?}");
        }
    }
}
