//! The four ways to create a connection that Auth0's page shows, sent as `curl --data` sends them.

use reqwest::Method;
use serde_json::{Value, json};

use super::server::{Answer, Api};

const FRONT_CHANNEL_WITH_DISCOVERY: &str = r#"{ "strategy": "oidc", "name": "acme", "options": { "type": "front_channel", "discovery_url": "https://idp.acme.example/.well-known/openid-configuration", "client_id" : "4711",  "scopes": "openid profile" } }"#;
const BACK_CHANNEL_WITH_DISCOVERY: &str = r#"{ "strategy": "oidc", "name": "acme", "options": { "type": "back_channel", "discovery_url": "https://idp.acme.example/.well-known/openid-configuration", "client_id" : "4711", "client_secret" : "s3cret-of-acme", "scopes": "openid profile" } }"#;
const BACK_CHANNEL_WITH_ENDPOINTS: &str = r#"{ "strategy": "oidc", "name": "acme", "options": { "type": "back_channel", "issuer": "https://idp.acme.example", "authorization_endpoint": "https://idp.acme.example/authorize", "client_secret" : "s3cret-of-acme", "client_id" : "4711",  "scopes": "openid profile" } }"#;
const FRONT_CHANNEL_WITH_ENDPOINTS: &str = r#"{ "strategy": "oidc", "name": "acme", "options": { "type": "front_channel", "issuer": "https://idp.acme.example", "authorization_endpoint": "https://idp.acme.example/authorize", "token_endpoint": "https://idp.acme.example/oauth/token", "client_id" : "4711",  "scopes": "openid profile" } }"#;

#[actix_web::test]
async fn the_four_examples_create_a_connection_that_can_be_read_back() {
    for api in Api::each().await {
        let token = api.token_for(Some("create:connections")).await;
        for (body, expected) in [
            (
                FRONT_CHANNEL_WITH_DISCOVERY,
                json!({"type": "front_channel", "has_client_secret": false,
                    "discovery_url": "https://idp.acme.example/.well-known/openid-configuration"}),
            ),
            (
                BACK_CHANNEL_WITH_DISCOVERY,
                json!({"type": "back_channel", "has_client_secret": true,
                    "discovery_url": "https://idp.acme.example/.well-known/openid-configuration"}),
            ),
            (
                BACK_CHANNEL_WITH_ENDPOINTS,
                json!({"type": "back_channel", "has_client_secret": true, "issuer": "https://idp.acme.example",
                    "authorization_endpoint": "https://idp.acme.example/authorize"}),
            ),
            (
                FRONT_CHANNEL_WITH_ENDPOINTS,
                json!({"type": "front_channel", "has_client_secret": false, "issuer": "https://idp.acme.example",
                    "authorization_endpoint": "https://idp.acme.example/authorize",
                    "token_endpoint": "https://idp.acme.example/oauth/token"}),
            ),
        ] {
            let request = api
                .request(Method::POST, "/connections")
                .header("authorization", format!("Bearer {token}"))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body);
            let created = Answer::of(request.send().await.unwrap()).await.expect(201);
            let id = created["id"].as_str().unwrap();
            assert!(id.strip_prefix("con_").is_some_and(|rest| rest.len() == 16), "{id}");
            let read = api.get(&format!("/connections/{id}")).await.expect(200);
            assert_eq!(created, read);
            assert_eq!(read["name"], "acme");
            assert_eq!(read["display_name"], "acme");
            assert_eq!(read["strategy"], "oidc");
            assert_eq!(read["realms"], json!(["acme"]));
            assert_eq!(read["enabled_clients"], json!([]));
            assert_eq!(read["is_domain_connection"], false);
            assert_eq!(read["show_as_button"], false);
            let options = &read["options"];
            assert_eq!(options["client_id"], "4711");
            assert_eq!(options["scope"], "openid profile");
            assert_eq!(options["client_secret"], Value::Null);
            for (name, value) in expected.as_object().unwrap() {
                assert_eq!(&options[name], value, "{name} of {body}");
            }
            let removed = api.delete(&format!("/connections/{id}")).await.expect(202);
            assert!(removed["deleted_at"].as_str().unwrap().ends_with('Z'));
        }
        api.stop().await;
    }
}
