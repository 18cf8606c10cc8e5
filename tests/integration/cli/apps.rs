//! `vestibule apps` against a hub that runs.

use serde_json::json;

use super::terminal::Terminal;
use crate::api::server::Api;
use crate::support::databases::sqlite;

#[actix_web::test]
async fn an_application_is_added_listed_changed_and_removed_and_its_secret_is_shown_once() {
    let api = Api::start(sqlite()).await;
    let terminal = Terminal::of(&api.server.issuer);
    let connection = api.add_connection("acme", json!({})).await;
    let add = [
        "apps",
        "add",
        "Shop",
        "--type",
        "regular_web",
        "--callback",
        "https://shop.example/callback",
        "--callback",
        "https://shop.example/other",
        "--logout-url",
        "https://shop.example/",
        "--provider",
        "acme",
    ];
    let said = terminal.run(&add).await.fine();
    let value = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    let (client_id, secret) = (value("client id"), value("client secret"));
    assert_eq!(secret.len(), 64, "{said}");
    let made = api.get(&format!("/clients/{client_id}")).await.expect(200);
    assert_eq!(made["callbacks"], json!(["https://shop.example/callback", "https://shop.example/other"]));
    assert_eq!(made["allowed_logout_urls"], json!(["https://shop.example/"]));
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    assert_eq!(api.get(&path).await.expect(200)["enabled_clients"], json!([client_id]));

    let listed = terminal.run(&["apps", "list"]).await.fine();
    assert!(
        listed.starts_with("NAME") && listed.contains(&client_id) && !listed.contains(&secret),
        "{listed}"
    );
    let listed = terminal.run(&["apps", "list", "--format", "json"]).await.json();
    assert!(
        listed.as_array().unwrap().iter().any(|one| one["name"] == "Shop" && one["type"] == "regular_web")
    );

    let edit = ["apps", "edit", "Shop", "--name", "Store", "--callback", "https://store.example/callback"];
    let said = terminal.run(&edit).await.fine();
    assert!(said.contains("Changed Store") && !said.contains("secret"), "{said}");
    let changed = api.get(&format!("/clients/{client_id}")).await.expect(200);
    assert_eq!(changed["callbacks"], json!(["https://store.example/callback"]));
    assert_eq!(changed["allowed_logout_urls"], made["allowed_logout_urls"], "what was not said stays");

    let rotated = terminal.run(&["apps", "rotate-secret", "Store", "--format", "json"]).await.json();
    assert_ne!(rotated["client_secret"], secret.as_str());

    let said = terminal.run(&["apps", "remove", &client_id]).await.complaint(1);
    assert!(said.contains("Remove Store?") && said.contains("nothing was done"), "{said}");
    for _ in 0..2 {
        terminal.run(&["apps", "remove", "Store", "--force"]).await.fine();
        assert_eq!(api.get(&format!("/clients/{client_id}")).await.status.as_u16(), 404);
    }
    api.stop().await;
}

#[actix_web::test]
async fn a_name_of_several_applications_removes_none_of_them() {
    let api = Api::start(sqlite()).await;
    let terminal = Terminal::of(&api.server.issuer);
    for _ in 0..2 {
        api.post("/clients", json!({"name": "Shop"})).await.expect(201);
    }
    let said = terminal.run(&["apps", "remove", "Shop", "--force"]).await.complaint(1);
    assert!(said.contains("several applications are called \"Shop\""), "{said}");
    let said = terminal.run(&["apps", "add", "Wiki", "--provider", "nowhere,acme"]).await.complaint(2);
    assert!(said.contains("\"nowhere\"") && said.contains("\"acme\""), "{said}");
    let said = terminal.run(&["apps", "add", "Wiki", "--callback", "ftp://x"]).await.complaint(1);
    assert!(said.contains("callbacks"), "{said}");
    let listed = terminal.run(&["apps", "list", "--format", "json"]).await.json();
    assert!(listed.as_array().unwrap().iter().all(|one| one["name"] != "Wiki"), "{listed}");
    api.stop().await;
}
