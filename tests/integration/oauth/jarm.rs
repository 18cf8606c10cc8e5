//! JWT Secured Authorization Response Mode: the answer inside one signed token, errors too. Incidents: CVE-2023-6927,
//! CVE-2023-6134.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::crypto::jwk::PublicKey;
use vestibule::crypto::jws::{Algorithm, Jws};

use crate::support::browser::Page;
use crate::support::databases::each_database;
use crate::support::sign_in::{NONCE, STATE, Stage, http, read};

fn all() -> Value {
    json!({
        "response_types": ["code", "code id_token token", "id_token", "none"],
        "grant_types": ["authorization_code", "implicit"],
    })
}

/// The claims of the one parameter of a signed answer, and its header's `alg`. The signature is by a published key.
async fn signed(stage: &Stage, page: &Page) -> (Value, String) {
    assert!(page.stopped, "no answer to the application: {page:?}");
    let names: Vec<String> = page.answer().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["response"], "everything is inside");
    let response = page.answered("response").unwrap();
    let jws = Jws::parse(&response).unwrap();
    assert_eq!(jws.token_type.as_deref(), Some("oauth-authz-resp+jwt"), "a kind of its own");
    let keys = read(http().get(stage.hub.url(".well-known/jwks.json"))).await;
    let key =
        keys.json["keys"].as_array().unwrap().iter().find(|key| key["kid"].as_str() == jws.key_id.as_deref());
    let key = PublicKey::from_jwk(key.unwrap().as_object().unwrap()).unwrap();
    assert!(key.verifies(Algorithm::from_name(&jws.algorithm).unwrap(), &jws), "{response}");
    let claims: Value = serde_json::from_slice(&jws.payload).unwrap();
    assert_eq!(claims["iss"], stage.hub.issuer.as_str());
    assert_eq!(claims["aud"], stage.app.client_id.as_str());
    assert_eq!(claims["state"], STATE);
    let left = claims["exp"].as_i64().unwrap() - stage.hub.clock.now().seconds();
    assert!((1..=600).contains(&left), "{left}");
    (claims, jws.algorithm)
}

#[actix_web::test]
async fn every_signed_mode_carries_the_answer_where_its_name_says() {
    for database in each_database() {
        let stage = Stage::with_client(database, all()).await;
        for (response_type, mode, place) in [
            ("code", "jwt", "query"),
            ("code", "query.jwt", "query"),
            ("code", "fragment.jwt", "fragment"),
            ("code", "form_post.jwt", "form"),
            ("none", "jwt", "query"),
            ("id_token", "jwt", "fragment"),
            ("code id_token token", "jwt", "fragment"),
            ("code id_token token", "fragment.jwt", "fragment"),
            ("code id_token token", "form_post.jwt", "form"),
        ] {
            let changes = [("response_type", response_type), ("response_mode", mode)];
            let page = stage.sign_in(&mut stage.member().await, &changes).await;
            let found = match (&page.posted, page.url.fragment(), page.url.query()) {
                (Some(_), None, None) => "form",
                (None, Some(_), None) => "fragment",
                (None, None, Some(_)) => "query",
                other => panic!("{response_type} {mode}: {other:?}"),
            };
            assert_eq!(found, place, "{response_type} {mode}");
            let (claims, _) = signed(&stage, &page).await;
            for (name, parameter) in [("code", "code"), ("id_token", "id_token"), ("token", "access_token")] {
                let is_wanted = response_type.split(' ').any(|word| word == name);
                assert_eq!(claims[parameter].is_string(), is_wanted, "{response_type} {mode}: {parameter}");
            }
            if let Some(code) = claims["code"].as_str() {
                let tokens = stage.redeem(code).await;
                assert_eq!(tokens.status, 200, "{tokens:?}");
                assert_eq!(crate::support::sign_in::claims_of(&tokens.text_of("id_token"))["nonce"], NONCE);
            }
        }
    }
}

#[actix_web::test]
async fn errors_are_signed_too() {
    for database in each_database() {
        let stage = Stage::with_client(database, all()).await;
        for (mode, change, error) in [
            ("jwt", ("prompt", "none"), "login_required"),
            ("fragment.jwt", ("prompt", "none"), "login_required"),
            ("form_post.jwt", ("max_age", "soon"), "invalid_request"),
            ("jwt", ("response_type", "code token"), "unauthorized_client"),
            ("query.jwt", ("response_type", "id_token"), "invalid_request"),
        ] {
            let changes = [("response_mode", mode), change];
            let page = stage.sign_in(&mut stage.browser(), &changes).await;
            let (claims, _) = signed(&stage, &page).await;
            assert_eq!(claims["error"], error, "{mode} {change:?}");
            assert_eq!(claims["code"], Value::Null);
        }
    }
}

#[actix_web::test]
async fn an_application_chooses_the_algorithm() {
    for database in each_database() {
        let stage = Stage::with_client(database, all()).await;
        let jwt = [("response_mode", "jwt")];
        let page = stage.member().await.open(&stage.ask(&jwt)).await;
        assert_eq!(signed(&stage, &page).await.1, "RS256");
        for algorithm in ["PS256", "ES256", "EdDSA", "RS256"] {
            let change = json!({"authorization_signed_response_alg": algorithm});
            stage.manage(Method::PATCH, &format!("clients/{}", stage.app.client_id), change).await;
            let page = stage.member().await.open(&stage.ask(&jwt)).await;
            assert_eq!(signed(&stage, &page).await.1, algorithm);
        }
    }
}

#[actix_web::test]
async fn a_signed_answer_is_no_token_of_another_kind() {
    for database in each_database() {
        let stage = Stage::with_client(database, all()).await;
        let page = stage.member().await.open(&stage.ask(&[("response_mode", "jwt")])).await;
        let response = page.answered("response").unwrap();
        assert_eq!(stage.userinfo(&response).await.status, 401);
        let hint = [("prompt", "none"), ("id_token_hint", response.as_str())];
        let page = stage.member().await.open(&stage.ask(&hint)).await;
        assert_eq!(crate::support::sign_in::error_of(&stage, &page), "invalid_request");
        assert_eq!(stage.redeem(&response).await.error(), (400, "invalid_grant"));
    }
}
