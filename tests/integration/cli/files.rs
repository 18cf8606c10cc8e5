//! `vestibule export`, `plan` and `apply` between hubs that run.

use serde_json::{Value, json};

use super::terminal::Terminal;
use crate::api::server::Api;
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::{Behaviour, FakeProvider};

/// A hub with two applications and two connections, each with settings of its own.
pub(super) async fn furnished(api: &Api) {
    let shop = json!({"name": "Shop", "callbacks": ["https://shop.example/callback"], "client_metadata": {"team": "a"}});
    let shop = api.post("/clients", shop).await.expect(201);
    api.post(
        "/clients",
        json!({"name": "Phone", "app_type": "native", "callbacks": ["com.example:/callback"]}),
    )
    .await
    .expect(201);
    let options = json!({"preset": "okta", "scope": "openid email groups", "domain_aliases": ["acme.example"],
        "groups_claim": null, "client_secret_expires_at": 4_000_000_000_i64});
    let acme = api.add_connection("acme", options).await;
    let path = format!("/connections/{}/clients", acme["id"].as_str().unwrap());
    api.patch(&path, json!([{"client_id": shop["client_id"], "status": true}])).await.expect(204);
    api.post("/connections", json!({"name": "people", "strategy": "local", "display_name": "Ours"}))
        .await
        .expect(201);
}

/// Everything a hub shows that a file could be about, without what each hub makes itself.
async fn contents(api: &Api) -> Value {
    let mut all = Vec::new();
    for path in ["/clients", "/connections"] {
        for item in api.get(&format!("{path}?take=100")).await.expect(200)[&path[1..]].as_array().unwrap() {
            let mut item = item.clone();
            if item["is_system"] != true {
                for name in ["id", "client_id", "created_at", "updated_at", "status", "callback_url"] {
                    item.as_object_mut().unwrap().remove(name);
                }
                all.push(item);
            }
        }
    }
    all.sort_by_key(|item| item["name"].as_str().unwrap().to_owned());
    Value::from(all)
}

#[actix_web::test]
async fn a_hub_is_exported_and_another_becomes_the_same_and_twice_is_once() {
    for database in each_database() {
        let (from, to) = (Api::start(sqlite()).await, Api::start(database).await);
        furnished(&from).await;
        let mut terminal = Terminal::of(&from.server.issuer);
        terminal.run(&["export", "hub.json"]).await.fine();
        let text = std::fs::read_to_string(terminal.folder().join("hub.json")).unwrap();
        assert_eq!(terminal.run(&["export"]).await.fine(), text, "the same bytes");
        assert!(
            !text.contains("secret-at-idp") && text.contains("\"env\": \"ACME_CLIENT_SECRET\""),
            "{text}"
        );
        assert!(
            !text.contains("management") && !text.contains("vestibule-cli"),
            "the hub's own are not in it: {text}"
        );
        assert_eq!(terminal.run(&["plan", "hub.json"]).await.fine(), "Nothing to change.\n");
        assert!(terminal.run(&["plan", "hub.json", "--detailed-exitcode"]).await.status.success());

        terminal.set("VESTIBULE_ISSUER", &to.server.issuer);
        let plan = terminal.run(&["plan", "hub.json", "--detailed-exitcode"]).await;
        assert_eq!(plan.status.code(), Some(2));
        for part in [
            "+ application Shop\n",
            "+ connection acme\n",
            "    options.client_secret: from ACME_CLIENT_SECRET\n",
            "    enabled_clients: [\"Shop\"]\n",
            "Plan: 4 to create, 0 to change, 0 to remove.",
        ] {
            assert!(plan.out.contains(part), "{part}: {}", plan.out);
        }
        let said = terminal.run(&["apply", "hub.json", "--yes"]).await;
        assert_eq!(said.status.code(), Some(1));
        assert!(said.err.contains("ACME_CLIENT_SECRET: the client secret of acme"), "{said:?}");
        assert_eq!(contents(&to).await, json!([]), "nothing was done");
        terminal.set("ACME_CLIENT_SECRET", "canary-client-secret");
        let said = terminal.answer(&["apply", "hub.json"], "yes\n").await.fine();
        assert!(said.contains("created application Shop: client id") && said.ends_with("Done.\n"), "{said}");

        let (before, after) = (contents(&from).await, contents(&to).await);
        assert_eq!(after, before);
        let acme = to.get("/connections?name=acme").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
        let acme = to.get(&format!("/connections/{acme}")).await.expect(200);
        assert_eq!(acme["options"]["has_client_secret"], true);
        assert_eq!(acme["enabled_clients"].as_array().unwrap().len(), 1);
        assert_eq!(terminal.run(&["plan", "hub.json"]).await.fine(), "Nothing to change.\n");
        assert_eq!(terminal.run(&["apply", "hub.json"]).await.fine(), "Nothing to change.\n");
        from.stop().await;
        to.stop().await;
    }
}

/// Changes the file.
pub(super) fn rewrite(terminal: &Terminal, change: impl FnOnce(&mut Value)) {
    let path = terminal.folder().join("hub.json");
    let mut file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut file);
    std::fs::write(path, file.to_string()).unwrap();
}

#[actix_web::test]
async fn a_change_is_told_property_by_property_and_what_leaves_the_file_gets_its_default_or_goes_by_prune_alone()
 {
    let api = Api::start(sqlite()).await;
    furnished(&api).await;
    let mut terminal = Terminal::of(&api.server.issuer);
    terminal.run(&["export", "hub.json"]).await.fine();
    rewrite(&terminal, |file| {
        file["applications"][1]["callbacks"] = json!(["https://shop.example/new"]);
        file["applications"][1].as_object_mut().unwrap().remove("client_metadata");
        file["applications"].as_array_mut().unwrap().remove(0);
        file["connections"][0]["options"]["scope"] = json!("openid email");
        file["connections"][0]["enabled_clients"] = json!([]);
        file["connections"].as_array_mut().unwrap().remove(1);
    });
    let plan = terminal.run(&["plan", "hub.json"]).await.fine();
    for part in [
        "~ application Shop\n",
        "    callbacks: [\"https://shop.example/callback\"] -> [\"https://shop.example/new\"]\n",
        "    client_metadata.team: \"a\" -> (default)\n",
        "~ connection acme\n",
        "    options.scope: \"openid email groups\" -> \"openid email\"\n",
        "    enabled_clients: [\"Shop\"] -> (default)\n",
        "Plan: 0 to create, 2 to change, 0 to remove.\n2 not in the file: left as they are",
    ] {
        assert!(plan.contains(part), "{part}: {plan}");
    }
    let machine = terminal.run(&["plan", "hub.json", "--prune", "--format", "json"]).await.json();
    let actions: Vec<String> = machine["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| format!("{} {}", step["action"].as_str().unwrap(), step["name"].as_str().unwrap()))
        .collect();
    assert_eq!(actions, ["change Shop", "change acme", "remove people", "remove Phone"]);
    terminal.answer(&["apply", "hub.json"], "no\n").await;
    assert!(contents(&api).await.to_string().contains("openid email groups"), "nobody said yes");

    terminal.run(&["apply", "hub.json", "--yes"]).await.fine();
    let left = contents(&api).await;
    assert_eq!(left.as_array().unwrap().len(), 4);
    assert!(
        left.to_string().contains("https://shop.example/new")
            && !left.to_string().contains("openid email groups")
    );
    terminal.run(&["apply", "hub.json", "--yes", "--prune"]).await.fine();
    assert_eq!(contents(&api).await.as_array().unwrap().len(), 2);
    assert_eq!(terminal.run(&["plan", "hub.json", "--prune"]).await.fine(), "Nothing to change.\n");
    assert!(terminal.run(&["apps", "list"]).await.fine().contains("Management"), "the hub's own stay");

    // A secret is sent when it is asked for, and is no change otherwise.
    terminal.set("ACME_CLIENT_SECRET", "canary-client-secret");
    assert_eq!(terminal.run(&["plan", "hub.json"]).await.fine(), "Nothing to change.\n");
    let said = terminal.run(&["apply", "hub.json", "--yes", "--secrets"]).await.fine();
    assert!(
        said.contains("options.client_secret: from ACME_CLIENT_SECRET")
            && said.contains("changed connection acme")
    );
    // To another origin it goes with the change that leads there, or not at all.
    rewrite(&terminal, |file| {
        file["connections"][0]["options"]["discovery_url"] = json!("https://new.example")
    });
    let said = terminal.run(&["apply", "hub.json", "--yes"]).await.fine();
    assert!(said.contains("options.client_secret: from ACME_CLIENT_SECRET"), "{said}");
    rewrite(&terminal, |file| {
        let options = file["connections"][0]["options"].as_object_mut().unwrap();
        options.remove("client_secret");
        options.insert("discovery_url".into(), json!("https://evil.example"));
    });
    let said = terminal.run(&["apply", "hub.json", "--yes"]).await;
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    assert!(said.err.contains("options.client_secret") && said.err.contains("sent again"), "{said:?}");
    assert!(!contents(&api).await.to_string().contains("evil.example"));
    api.stop().await;
}

#[actix_web::test]
async fn an_application_is_renamed_by_its_client_id_and_made_and_enabled_in_one_go() {
    let api = Api::start(sqlite()).await;
    furnished(&api).await;
    let terminal = Terminal::of(&api.server.issuer);
    terminal.run(&["export", "hub.json"]).await.fine();
    rewrite(&terminal, |file| {
        file["applications"][1]["name"] = json!("Store");
        file["applications"].as_array_mut().unwrap().push(json!({"name": "Wiki"}));
        file["connections"][0]["enabled_clients"] = json!(["Store", "Wiki"]);
    });
    let said = terminal.run(&["apply", "hub.json", "--yes"]).await.fine();
    assert!(said.contains("enabled_clients: [\"Shop\"] -> [\"Shop\",\"Wiki\"]"), "{said}");
    let clients = api.get("/clients").await.expect(200);
    let id = |name: &str| {
        clients.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()["client_id"].clone()
    };
    let acme = api.get("/connections?name=acme").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    let enabled = api.get(&format!("/connections/{acme}")).await.expect(200)["enabled_clients"].clone();
    let mut expected = [id("Store"), id("Wiki")];
    expected.sort_by_key(Value::to_string);
    assert_eq!(enabled, json!(expected));
    assert_eq!(terminal.run(&["plan", "hub.json"]).await.fine(), "Nothing to change.\n");
    api.stop().await;
}

/// A hub asks the provider; a file says it, or leaves it as it is there.
#[actix_web::test]
async fn whose_the_redirect_uri_is_stays_where_a_file_does_not_say_it() {
    for database in each_database() {
        let api = Api::start(database).await;
        let provider = FakeProvider::start(&api.server.clock);
        provider.behave(Behaviour {
            discovery: Some(|answer, _| answer.set("authorization_response_iss_parameter_supported", true)),
            ..Behaviour::HONEST
        });
        let options = json!({"discovery_url": provider.issuer});
        let made = api.add_connection("acme", options).await;
        assert_eq!(made["options"]["redirect_uri"], "shared");
        let terminal = Terminal::of(&api.server.issuer);
        terminal.run(&["export", "hub.json"]).await.fine();
        let text = std::fs::read_to_string(terminal.folder().join("hub.json")).unwrap();
        assert!(text.contains("\"redirect_uri\": \"shared\"") && !text.contains("callback_url"), "{text}");
        assert_eq!(terminal.run(&["plan", "hub.json"]).await.fine(), "Nothing to change.\n");
        rewrite(&terminal, |file| {
            file["connections"][0]["options"].as_object_mut().unwrap().remove("redirect_uri");
        });
        assert_eq!(terminal.run(&["plan", "hub.json"]).await.fine(), "Nothing to change.\n");
        rewrite(&terminal, |file| file["connections"][0]["options"]["redirect_uri"] = json!("connection"));
        let said = terminal.run(&["apply", "hub.json", "--yes"]).await.fine();
        assert!(said.contains("options.redirect_uri: \"shared\" -> \"connection\""), "{said}");
        assert_eq!(terminal.run(&["plan", "hub.json"]).await.fine(), "Nothing to change.\n");
        // What the file says stands, though another change would have the hub ask anew.
        rewrite(&terminal, |file| {
            file["connections"][0]["options"]["type"] = json!("front_channel");
            file["connections"][0]["options"]["redirect_uri"] = json!("shared");
        });
        terminal.run(&["apply", "hub.json", "--yes"]).await.fine();
        provider.behave(Behaviour::HONEST);
        rewrite(&terminal, |file| file["connections"][0]["options"]["type"] = json!("back_channel"));
        terminal.run(&["apply", "hub.json", "--yes"]).await.fine();
        assert_eq!(terminal.run(&["plan", "hub.json"]).await.fine(), "Nothing to change.\n");
        let id = made["id"].as_str().unwrap();
        let shown = api.get(&format!("/connections/{id}")).await.expect(200);
        assert_eq!(shown["options"]["redirect_uri"], "shared");
        rewrite(&terminal, |file| file["connections"][0]["options"]["redirect_uri"] = json!("both"));
        let refused = terminal.run(&["plan", "hub.json"]).await.complaint(1);
        assert!(refused.contains("options.redirect_uri must be one of connection, shared"), "{refused}");
        api.stop().await;
    }
}
