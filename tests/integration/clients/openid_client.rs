//! openid-client as application: everything it can ask for, on both databases.

use serde_json::{Value, json};

use crate::support::application::{CALLBACK, connect};
use crate::support::databases::each_database;
use crate::support::hub::{MANAGEMENT_CLIENT, MANAGEMENT_SECRET, TestHub};
use crate::support::node::{CertifiedProvider, Node};

#[actix_web::test]
async fn openid_client_signs_in_in_every_way_it_knows() {
    for database in each_database() {
        let kind = database.kind;
        let hub = TestHub::start(database).await;
        let mut clients = json!({
            "machine": {
                "client_id": MANAGEMENT_CLIENT,
                "client_secret": MANAGEMENT_SECRET,
                "audience": hub.url("api/v2/"),
            },
        });
        let mut client_ids = Vec::new();
        for (name, method) in
            [("post", "client_secret_post"), ("basic", "client_secret_basic"), ("public", "none")]
        {
            let body = json!({"name": name, "callbacks": [CALLBACK], "token_endpoint_auth_method": method});
            let made = hub.client(body).await;
            clients[name] = json!({"client_id": made.client_id, "client_secret": made.secret});
            client_ids.push(made.client_id);
        }
        let client_ids: Vec<&str> = client_ids.iter().map(String::as_str).collect();
        let provider = CertifiedProvider::start(&hub.url("login/callback"));
        connect(&hub, provider.connection("post", &hub.clock), &client_ids).await;

        let settings = json!({
            "issuer": hub.issuer,
            "redirect_uri": CALLBACK,
            "answers": {"login": "alice"},
            "authorization": {"connection": "post"},
            "clients": clients,
        });
        let report =
            actix_web::rt::task::spawn_blocking(move || Node::start("openid_client.mjs", &settings).next());
        let report = report.await.unwrap();
        let checks = report["checks"].as_array().unwrap();
        let failed: Vec<&Value> = checks.iter().filter(|check| check["ok"] != json!(true)).collect();
        assert!(failed.is_empty(), "{kind:?}: {failed:#?}");
        assert!(checks.len() >= 17, "{kind:?}: only {} checks", checks.len());
        hub.stop().await;
    }
}
