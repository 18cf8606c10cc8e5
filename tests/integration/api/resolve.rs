//! The explanation of home-realm discovery says what the login page does.

use serde_json::json;

use super::server::{Api, segment};
use crate::support::databases::sqlite;

#[actix_web::test]
async fn the_decision_is_explained() {
    let api = Api::start(sqlite()).await;
    let client = api.add_client("App").await["client_id"].as_str().unwrap().to_owned();
    let ask = async |email: &str| {
        let email = segment(email);
        api.get(&format!("/connections/resolve?client_id={client}&email={email}")).await.expect(200)
    };
    assert_eq!(ask("ada@acme.example").await["decision"], "login_page");
    let mut ids = Vec::new();
    for (name, domain) in [
        ("acme", "acme.example"),
        ("branch", "*.acme.example"),
        ("twin", "twins.example"),
        ("twin2", "twins.example"),
    ] {
        let connection = api.add_connection(name, json!({"domain_aliases": [domain]})).await;
        ids.push(connection["id"].as_str().unwrap().to_owned());
    }
    // Not enabled for the application yet: as if it were not there.
    assert_eq!(ask("ada@acme.example").await["decision"], "login_page");
    for id in &ids {
        let body = json!([{"client_id": client, "status": true}]);
        api.patch(&format!("/connections/{id}/clients"), body).await.expect(204);
    }
    for (email, decision, names) in [
        ("Ada@ACME.example", "connection", &["acme"][..]),
        ("ada@eu.acme.example", "connection", &["branch"]),
        ("ada@twins.example", "chooser", &["twin", "twin2"]),
        ("ada@evilacme.example", "login_page", &[]),
    ] {
        let answer = ask(email).await;
        assert_eq!(answer["decision"], decision, "{email}");
        let mut found: Vec<&str> = answer["connections"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        found.sort_unstable();
        assert_eq!(found, names);
        assert!(!answer["reason"].as_str().unwrap().is_empty());
    }
    let refused = api.get("/connections/resolve?email=nonsense").await;
    refused.expect_refusal(400, "invalid_query_string");
    assert_eq!(refused.problem_paths(), ["client_id", "email"]);
    api.get("/connections/resolve?client_id=nobody").await.expect_refusal(404, "inexistent_client");
    api.stop().await;
}
