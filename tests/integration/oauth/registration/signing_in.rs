//! An application that registered itself signs somebody in.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::Registry;
use crate::support::browser::Browser;
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{
    Answer, CALLBACK, EMAIL, PASSWORD, PERSON, VERIFIER, ask, claims_of, code_of, error_code, fields,
    post_form,
};

/// Somebody whom an application that registered itself may sign in.
async fn add_person(registry: &Registry) {
    let people = json!({"name": "people", "strategy": "local", "is_domain_connection": true});
    registry.hub.connection(people).await;
    registry.hub.person(json!({"connection": "people", "email": EMAIL, "password": PASSWORD})).await;
}

/// What the application that was registered gets for `code`.
async fn redeem(registry: &Registry, registered: &Answer, code: &str, redirect_uri: &str) -> Answer {
    let form = fields(&[
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", VERIFIER),
    ]);
    let pair = format!("{}:{}", registered.text_of("client_id"), registered.text_of("client_secret"));
    let basic = format!("Basic {}", STANDARD.encode(pair));
    post_form(&registry.hub.url("oauth/token"), &form, &[("authorization", &basic)]).await
}

/// Module: oidcc-registration-logo-uri
/// Module: oidcc-registration-policy-uri
/// Module: oidcc-registration-tos-uri
/// Module: oidcc-redirect-uri-query-OK
#[actix_web::test]
async fn people_see_logo_policy_and_terms_and_the_answer_keeps_the_query_of_the_redirect_uri() {
    let callback = "https://app.example/callback?tenant=1";
    for database in each_database() {
        let registry = Registry::on(database).await;
        add_person(&registry).await;
        let metadata = json!({
            "redirect_uris": [callback], "logo_uri": "https://app.example/logo.png",
            "policy_uri": "https://app.example/privacy", "tos_uri": "https://app.example/terms",
        });
        let made = registry.register(metadata).await;
        let asked = ask(&registry.hub.issuer, &made.text_of("client_id"), &[("redirect_uri", callback)]);
        let mut browser = Browser::new().stopping_at("https://app.example/");
        let mut page = browser.open(&asked).await;
        for answers in [[("email", EMAIL)], [("password", PASSWORD)]] {
            page = browser.submit(&page, &page.forms()[0], &answers).await;
        }
        for shown in [
            "src=\"https://app.example/logo.png",
            "href=\"https://app.example/privacy",
            "href=\"https://app.example/terms",
        ] {
            assert!(page.text.contains(&format!("{shown}\"")), "{shown}: {}", page.text);
        }
        let page = browser.walk_on(page, &[]).await;
        assert!(page.url.as_str().starts_with(&format!("{callback}&")), "{page:?}");
        assert_eq!(redeem(&registry, &made, &code_of(&page), callback).await.status, 200);
        registry.hub.stop().await;
    }
}

/// Module: oidcc-idtoken-rs256
#[actix_web::test]
async fn the_id_token_is_signed_by_the_algorithm_that_was_registered() {
    for database in each_database() {
        let registry = Registry::on(database).await;
        let hub = &registry.hub;
        add_person(&registry).await;
        for algorithm in [json!(null), json!("RS256"), json!("ES256")] {
            let made = registry.register(json!({"id_token_signed_response_alg": algorithm})).await;
            assert_eq!(made.status, 201, "{made:?}");
            let id = made.text_of("client_id");
            let mut browser = Browser::new().stopping_at("https://app.example/");
            let code = code_of(&browser.walk(&ask(&hub.issuer, &id, &[]), PERSON).await);
            let tokens = redeem(&registry, &made, &code, CALLBACK).await;
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
