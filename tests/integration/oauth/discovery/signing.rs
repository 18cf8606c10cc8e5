//! What we sign by, and what applications sign requests by.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::crypto::jws::Algorithm;

use super::asking::{ask_by_object, request_object};
use super::{advertised, document, registers, trials, try_to_register};
use crate::support::any_key::AnyKey;
use crate::support::databases::sqlite;
use crate::support::sign_in::{Stage, claims_of, fields, http, post_form, read};

/// Names of algorithms that nobody may choose by accident, beside those of signatures.
const REFUSED: [&str; 3] = ["none", "HS256", "ES256K"];

fn algorithms() -> Vec<&'static str> {
    Algorithm::ALL.into_iter().map(Algorithm::name).chain(REFUSED).collect()
}

fn algorithm_of(token: &str) -> String {
    let header = token.split('.').next().unwrap();
    claims_of(&format!("{header}.{header}.x"))["alg"].as_str().unwrap().to_owned()
}

/// Tries `setting` with each algorithm: those of `member` may be chosen, and `made` then signs by them.
async fn try_each(member: &str, setting: &str, made: impl AsyncFn(&Stage) -> String) {
    let stage = Stage::on(sqlite()).await;
    let path = format!("clients/{}", stage.app.client_id);
    for (name, is_advertised) in trials(&stage, member, &algorithms()).await {
        assert_eq!(registers(&stage, json!({setting: name})).await, is_advertised, "{setting}: {name}");
        if is_advertised {
            stage.manage(Method::PATCH, &path, json!({setting: name})).await;
            assert_eq!(algorithm_of(&made(&stage).await), name, "{member}");
        }
    }
}

#[actix_web::test]
async fn id_tokens() {
    try_each("id_token_signing_alg_values_supported", "id_token_signed_response_alg", async |stage| {
        stage.tokens(&[]).await.text_of("id_token")
    })
    .await;
}

#[actix_web::test]
async fn userinfo() {
    try_each("userinfo_signing_alg_values_supported", "userinfo_signed_response_alg", async |stage| {
        let token = stage.tokens(&[]).await.text_of("access_token");
        let answer = stage.userinfo(&token).await;
        assert_eq!(answer.header("content-type"), "application/jwt");
        answer.text
    })
    .await;
}

#[actix_web::test]
async fn authorization_answers() {
    let member = "authorization_signing_alg_values_supported";
    try_each(member, "authorization_signed_response_alg", async |stage| {
        let asked = stage.ask(&[("response_mode", "jwt"), ("prompt", "none")]);
        let page = stage.browser().open(&asked).await;
        page.answered("response").unwrap_or_else(|| panic!("{page:?}"))
    })
    .await;
}

#[actix_web::test]
async fn introspection_answers() {
    let member = "introspection_signing_alg_values_supported";
    try_each(member, "introspection_signed_response_alg", async |stage| {
        let token = stage.tokens(&[]).await.text_of("access_token");
        let form = fields(&[
            ("token", &token),
            ("client_id", &stage.app.client_id),
            ("client_secret", &stage.app.secret),
        ]);
        let accept = [("accept", "application/token-introspection+jwt")];
        let answer = post_form(&stage.hub.url("oauth/introspect"), &form, &accept).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.text
    })
    .await;
}

#[actix_web::test]
async fn request_objects() {
    let stage = Stage::on(sqlite()).await;
    if document(&stage).await["request_parameter_supported"] != json!(true) {
        assert_eq!(advertised(&stage, "request_object_signing_alg_values_supported").await, BTreeSet::new());
        return;
    }
    let others: Vec<&str> = Algorithm::ALL.into_iter().map(Algorithm::name).collect();
    for (name, is_advertised) in trials(&stage, "request_object_signing_alg_values_supported", &others).await
    {
        let Some(algorithm) = Algorithm::from_name(&name) else {
            panic!("{name} is advertised, and nothing here signs by it")
        };
        let key = AnyKey::for_algorithm(algorithm);
        let settings = json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key.jwk]},
        });
        let app = try_to_register(&stage, settings).await;
        let Some(app) = app else {
            assert!(!is_advertised, "{name}: its key cannot be registered");
            continue;
        };
        let page = ask_by_object(&stage, &app, &request_object(&stage, &app, &key)).await;
        let error = page.answered("error");
        let is_read = error.as_deref() == Some("login_required");
        assert_eq!(is_read, is_advertised, "{name}: {page:?}");
    }
}

/// Keys in the set are those of the algorithms, and nothing signs by a key that is not there.
#[actix_web::test]
async fn the_key_set_has_a_key_for_every_algorithm_we_sign_by() {
    let stage = Stage::on(sqlite()).await;
    let document = document(&stage).await;
    let keys = read(http().get(document["jwks_uri"].as_str().unwrap())).await.json;
    let fits = |key: &Value, algorithm: &str| match algorithm {
        "RS256" | "PS256" => key["kty"] == "RSA",
        "ES256" => key["crv"] == "P-256",
        "EdDSA" => key["crv"] == "Ed25519",
        _ => false,
    };
    for member in [
        "id_token_signing_alg_values_supported",
        "userinfo_signing_alg_values_supported",
        "authorization_signing_alg_values_supported",
        "introspection_signing_alg_values_supported",
    ] {
        for algorithm in advertised(&stage, member).await {
            let mut keys = keys["keys"].as_array().unwrap().iter();
            assert!(keys.any(|key| fits(key, &algorithm)), "{member}: {algorithm}");
        }
    }
}
