//! Addresses that an application registers about itself, and its keys.

use serde_json::json;

use super::Registry;
use crate::support::databases::each_database;
use crate::support::documents::Documents;
use crate::support::keys::TestKey;

#[actix_web::test]
async fn logo_policy_and_terms_are_registered_and_told_back() {
    for database in each_database() {
        let registry = Registry::on(database).await;
        for name in ["logo_uri", "policy_uri", "tos_uri", "client_uri"] {
            let made = registry.register(json!({name: "https://app.example/about"})).await;
            assert_eq!((made.status, &made.json[name]), (201, &json!("https://app.example/about")), "{name}");
            for bad in ["javascript:alert(1)", "http://app.example/about", "data:text/html,x", "about"] {
                let refused = registry.register(json!({name: bad})).await;
                assert_eq!(refused.error(), (400, "invalid_client_metadata"), "{name} {bad}");
                assert!(refused.text_of("error_description").contains(name), "{refused:?}");
            }
        }
        registry.hub.stop().await;
    }
}

/// Module: oidcc-registration-jwks-uri
#[actix_web::test]
async fn an_application_authenticates_by_the_keys_at_the_address_it_registered() {
    for database in each_database() {
        let registry = Registry::on(database).await;
        let documents = Documents::start();
        let keys = json!({"keys": [TestKey::honest().jwk]}).to_string();
        documents.put("/jwks", "application/json", &keys);
        let made = registry
            .register(json!({
                "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": documents.url("/jwks"),
                "grant_types": ["authorization_code", "client_credentials"],
            }))
            .await;
        assert_eq!(made.status, 201, "{made:?}");
        let now = registry.hub.clock.now().seconds();
        let id = made.text_of("client_id");
        let token = crate::support::keys::Token::honest(json!({
            "iss": id, "sub": id, "aud": registry.hub.issuer, "exp": now + 60, "jti": "1",
        }));
        let form = crate::support::sign_in::fields(&[
            ("grant_type", "client_credentials"),
            ("audience", &registry.hub.url("api/v2/")),
            ("client_assertion_type", vestibule::protocol::client_assertion::ASSERTION_TYPE),
            ("client_assertion", &token.write()),
        ]);
        let answer = crate::support::sign_in::post_form(&registry.hub.url("oauth/token"), &form, &[]).await;
        assert_eq!(answer.error(), (400, "access_denied"), "known, and without access: {answer:?}");
        assert_eq!(documents.requests("/jwks"), 1);
        registry.hub.stop().await;
    }
}
