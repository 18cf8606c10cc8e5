//! A file with mistakes changes nothing, and a change meanwhile is not overwritten.

use serde_json::json;

use super::files::{furnished, rewrite};
use super::terminal::Terminal;
use crate::api::server::Api;
use crate::support::databases::sqlite;

#[actix_web::test]
async fn every_mistake_of_a_file_is_told_at_once_with_its_place_and_nothing_is_done() {
    let api = Api::start(sqlite()).await;
    furnished(&api).await;
    let terminal = Terminal::of(&api.server.issuer);
    terminal.run(&["export", "hub.json"]).await.fine();
    let before = terminal.run(&["export"]).await.fine();
    rewrite(&terminal, |file| {
        file["applications"][1]["callbacks"] = json!(["ftp://x"]);
        file["applications"][0]["is_first_party"] = json!(false);
        let acme = &mut file["connections"][0];
        acme["options"]["client_secret"] = json!("canary-client-secret");
        acme["options"]["scope"] = json!("email");
        acme["enabled_clients"] = json!(["Nobody"]);
        file["connections"][1]["colour"] = json!("red");
        let other = |name: &str, client_secret: serde_json::Value| {
            json!({"name": name, "strategy": "oidc", "options": {
                "discovery_url": "https://idp.example", "client_id": "x", "client_secret": client_secret,
            }})
        };
        let more = [
            other("stolen", json!({"env": "VESTIBULE_MANAGEMENT_CLIENT_SECRET"})),
            other("acme", json!({"env": "A"})),
            other("astray", json!({"environment": "A"})),
        ];
        file["connections"].as_array_mut().unwrap().extend(more);
    });
    for command in [&["plan", "hub.json", "--detailed-exitcode"][..], &["apply", "hub.json", "--yes"]] {
        let said = terminal.run(command).await.complaint(1);
        for part in [
            "applications[1] (Shop): callbacks",
            "applications[0] (Phone): is_first_party cannot be changed",
            "connections[0] (acme): options.client_secret must not be in the file",
            "connections[0] (acme): options.scope must contain openid",
            "connections[1] (people): colour is not a property",
            "connections[2] (stolen): options.client_secret must not name a setting",
            "connections[3]: name is that of another connection",
            "connections[4] (astray): options.client_secret must name a variable alone",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    assert_eq!(terminal.run(&["export"]).await.fine(), before);
    std::fs::write(terminal.folder().join("hub.json"), "{").unwrap();
    let said = terminal.run(&["plan", "hub.json"]).await.complaint(1);
    assert!(said.contains("hub.json is no file of connections and applications"), "{said}");
    assert!(terminal.run(&["plan", "none.json"]).await.complaint(1).contains("none.json cannot be read"));
    let said = terminal.run(&["export", "hub.json"]).await.complaint(1);
    assert!(said.contains("hub.json cannot be written"), "a file that is there stays: {said}");
    terminal.run(&["export", "hub.json", "--overwrite"]).await.fine();
    assert_eq!(std::fs::read_to_string(terminal.folder().join("hub.json")).unwrap(), before);
    api.stop().await;
}

#[actix_web::test]
async fn what_somebody_changed_since_the_plan_is_refused_and_what_was_done_until_then_is_told() {
    let api = Api::start(sqlite()).await;
    furnished(&api).await;
    let terminal = Terminal::of(&api.server.issuer);
    terminal.run(&["export", "hub.json"]).await.fine();
    rewrite(&terminal, |file| {
        file["applications"][1]["description"] = json!("new");
        file["connections"][0]["display_name"] = json!("new");
        file["connections"][1]["display_name"] = json!("new");
    });
    let acme = api.get("/connections?name=acme").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/connections/{acme}");
    // Between the plan and the answer.
    let said = terminal
        .answer_when(&["apply", "hub.json"], "Make these changes?", "yes\n", async || {
            api.patch(&path, json!({"display_name": "theirs"})).await.expect(200);
        })
        .await;
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    for part in [
        "stopped after 1 of 3 steps",
        "done      application Shop",
        "refused   connection acme",
        "not done  connection people",
        "somebody else changed it meanwhile",
    ] {
        assert!(said.err.contains(part), "{part}: {}", said.err);
    }
    assert_eq!(api.get(&path).await.expect(200)["display_name"], "theirs");
    let plan = terminal.run(&["plan", "hub.json"]).await.fine();
    assert!(plan.contains("Plan: 0 to create, 2 to change"), "{plan}");
    api.stop().await;
}
