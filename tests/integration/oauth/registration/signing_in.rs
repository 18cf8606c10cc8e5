//! An application that registered itself signs somebody in.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::Registry;
use crate::support::browser::Browser;
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{
    CALLBACK, EMAIL, PASSWORD, PERSON, VERIFIER, ask, claims_of, code_of, error_code, fields, post_form,
};

/// Module: oidcc-idtoken-rs256
#[actix_web::test]
async fn the_id_token_is_signed_by_the_algorithm_that_was_registered() {
    for database in each_database() {
        let registry = Registry::on(database).await;
        let hub = &registry.hub;
        hub.connection(json!({"name": "people", "strategy": "local", "is_domain_connection": true})).await;
        hub.person(json!({"connection": "people", "email": EMAIL, "password": PASSWORD})).await;
        for algorithm in [json!(null), json!("RS256"), json!("ES256")] {
            let made = registry.register(json!({"id_token_signed_response_alg": algorithm})).await;
            assert_eq!(made.status, 201, "{made:?}");
            let (id, secret) = (made.text_of("client_id"), made.text_of("client_secret"));
            let mut browser = Browser::new().stopping_at("https://app.example/");
            let code = code_of(&browser.walk(&ask(&hub.issuer, &id, &[]), PERSON).await);
            let form = fields(&[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
            ]);
            let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
            let tokens = post_form(&hub.url("oauth/token"), &form, &[("authorization", &basic)]).await;
            let id_token = tokens.text_of("id_token");
            let header = URL_SAFE_NO_PAD.decode(id_token.split('.').next().unwrap()).unwrap();
            let header: Value = serde_json::from_slice(&header).unwrap();
            assert_eq!(header["alg"], algorithm.as_str().unwrap_or("RS256"));
            assert_eq!(claims_of(&id_token)["aud"], json!(id));
        }
        registry.hub.stop().await;
    }
}

/// Module: oidcc-ensure-redirect-uri-in-authorization-request
#[actix_web::test]
async fn a_request_without_a_redirect_uri_ends_on_a_page_although_only_one_is_registered() {
    let registry = Registry::on(sqlite()).await;
    let id = registry.register(json!({})).await.text_of("client_id");
    let mut browser = Browser::new().stopping_at("https://app.example/");
    let page = browser.open(&ask(&registry.hub.issuer, &id, &[("redirect_uri", "")])).await;
    assert_eq!(error_code(&page), "redirect-uri-mismatch");
    assert!(page.text.contains("redirect_uri"), "{page:?}");
}
