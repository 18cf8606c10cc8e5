//! Auth0's Management SDK works unchanged.

use serde_json::json;

use super::server::{Api, MANAGEMENT_CLIENT, MANAGEMENT_SECRET};
use crate::support::node::Node;

#[actix_web::test]
async fn auth0s_management_sdk_does_everything_it_does_elsewhere() {
    for api in Api::each().await {
        let settings = json!({
            "issuer": api.server.issuer, "client_id": MANAGEMENT_CLIENT, "client_secret": MANAGEMENT_SECRET,
        });
        let report = tokio::task::spawn_blocking(move || Node::start("management_sdk.mjs", &settings).next());
        let report = report.await.unwrap();
        let checks = report["checks"].as_array().unwrap();
        assert!(checks.len() >= 20);
        let failed: Vec<_> = checks.iter().filter(|check| check["ok"] != true).collect();
        assert!(failed.is_empty(), "{failed:#?}");
        api.stop().await;
    }
}
