//! What the issuer says of itself (OpenID Connect Discovery 1.0 §4, RFC 8414 §3).

use serde_json::Value;

use crate::support::databases::each_database;
use crate::support::hub::{JsonAnswer as _, TestHub, reqwest_client};

#[actix_web::test]
async fn both_metadata_documents_name_the_issuer_exactly_and_endpoints_below_it() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        for path in [".well-known/openid-configuration", ".well-known/oauth-authorization-server"] {
            let document: Value =
                reqwest_client().get(hub.url(path)).send().await.unwrap().json_value().await;
            assert_eq!(document["issuer"], hub.issuer);
            for (name, value) in document.as_object().unwrap() {
                if name.ends_with("_endpoint") || name == "jwks_uri" {
                    assert!(value.as_str().unwrap().starts_with(&hub.issuer), "{name}");
                }
            }
        }
        let keys: Value =
            reqwest_client().get(hub.url(".well-known/jwks.json")).send().await.unwrap().json_value().await;
        let keys = keys["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 6, "a current and a next key of every type");
        for key in keys {
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(key.get(private).is_none(), "{private} is published");
            }
        }
        hub.stop().await;
    }
}

#[actix_web::test]
async fn a_management_token_comes_from_the_token_endpoint() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        assert_eq!(hub.management_token().await.split('.').count(), 3);
        hub.stop().await;
    }
}
