//! Connections: made, read, changed, removed; refused with all that is wrong.

use serde_json::{Value, json};

use super::connection_check;
use super::server::Api;
use crate::support::databases::sqlite;
use crate::support::fake_provider::{Behaviour, FakeProvider};

#[actix_web::test]
async fn a_connection_is_made_read_changed_and_removed() {
    for api in Api::each().await {
        let client = api.add_client("App").await["client_id"].clone();
        let body = json!({
            "name": "acme", "strategy": "oidc", "display_name": "Acme Inc.", "show_as_button": true,
            "enabled_clients": [client], "metadata": {"plan": "gold"},
            "options": {"type": "back_channel", "discovery_url": "https://idp.acme.example", "client_id": "4711",
                "client_secret": "s3cret-of-acme", "domain_aliases": ["acme.example", "*.acme.example"]},
        });
        let created = api.post("/connections", body).await.expect(201);
        assert_eq!(created["enabled_clients"], json!([client]));
        assert_eq!(created["options"]["connection_settings"], json!({"pkce": "auto"}));
        assert_eq!(created["options"]["attribute_map"], json!({"mapping_mode": "bind_all"}));
        let path = format!("/connections/{}", created["id"].as_str().unwrap());
        assert_eq!(api.get(&path).await.expect(200), created);
        let changed = api.patch(&path, json!({"display_name": "Acme"})).await.expect(200);
        assert_eq!(changed["display_name"], "Acme");
        assert_eq!(changed["options"], created["options"]);
        assert!(changed["updated_at"].as_str() >= created["updated_at"].as_str());
        assert_eq!(api.get(&path).await.expect(200), changed);
        api.delete(&path).await.expect(202);
        assert_eq!(api.delete(&path).await.expect(204), Value::Null);
        api.get(&path).await.expect_refusal(404, "inexistent_connection");
        api.patch(&path, json!({"display_name": "x"})).await.expect_refusal(404, "inexistent_connection");
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_half_bad_body_stores_nothing_and_is_told_everything() {
    for api in Api::each().await {
        let refused = api
            .post(
                "/connections",
                json!({
                    "name": "not a name", "strategy": "oidc", "nmae": "acme", "enabled_clients": ["nobody"],
                    "options": {"type": "sideways", "discovery_url": "idp", "scopes": "profile", "fields_map": {},
                        "connection_settings": {"pcke": "S256"}, "domain_aliases": ["not a domain"]},
                }),
            )
            .await;
        let body = refused.expect_refusal(400, "invalid_body");
        let paths = refused.problem_paths();
        for expected in [
            "name",
            "nmae",
            "options.type",
            "options.discovery_url",
            "options.client_id",
            "options.scope",
            "options.fields_map",
            "options.connection_settings.pcke",
        ] {
            assert!(paths.iter().any(|path| path == expected), "{expected} in {paths:?}");
            assert!(body["message"].as_str().unwrap().contains(expected), "{expected}");
        }
        assert_eq!(api.get("/connections").await.expect(200), json!([]));
        let refused = api
            .post(
                "/connections",
                json!({"name": "acme", "strategy": "oidc", "enabled_clients": ["nobody", "none"],
                    "options": {"discovery_url": "https://idp.example", "client_id": "1", "client_secret": "2"}}),
            )
            .await;
        assert_eq!(refused.problem_paths(), ["enabled_clients", "enabled_clients"]);
        assert_eq!(api.get("/connections").await.expect(200), json!([]));
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_name_is_unique_and_cannot_change() {
    for api in Api::each().await {
        let connection = api.add_connection("acme", json!({})).await;
        let same = json!({"name": "acme", "strategy": "oidc", "options": {
            "discovery_url": "https://idp.example", "client_id": "1", "client_secret": "2"}});
        let refused = api.post("/connections", same).await.expect_refusal(409, "connection_conflict");
        assert_eq!(refused["message"], "A connection with the same name already exists");
        let path = format!("/connections/{}", connection["id"].as_str().unwrap());
        let refused = api.patch(&path, json!({"name": "acme2", "strategy": "local", "id": "con_x"})).await;
        refused.expect_refusal(400, "invalid_body");
        let mut paths = refused.problem_paths();
        paths.sort();
        assert_eq!(paths, ["id", "name", "strategy"]);
        // A whole resource sent back is no change of its name.
        api.patch(&path, api.get(&path).await.json()).await.expect(200);
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_removed_connection_can_be_made_again_by_the_same_name() {
    for api in Api::each().await {
        let connection = api.add_connection("acme", json!({})).await;
        api.delete(&format!("/connections/{}", connection["id"].as_str().unwrap())).await.expect(202);
        let again = api.add_connection("acme", json!({})).await;
        assert_ne!(again["id"], connection["id"]);
        api.stop().await;
    }
}

#[actix_web::test]
async fn lists_are_filtered_and_show_the_members_asked_for() {
    let api = Api::start(sqlite()).await;
    api.add_connection("acme", json!({})).await;
    api.add_local_connection("people").await;
    let names = async |query: &str| -> Vec<String> {
        let list = api.get(&format!("/connections{query}")).await.expect(200);
        list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("").await, ["acme", "people"]);
    assert_eq!(names("?strategy=oidc").await, ["acme"]);
    assert_eq!(names("?strategy=oidc&strategy=local").await, ["acme", "people"]);
    assert_eq!(names("?strategy=samlp").await, Vec::<String>::new());
    assert_eq!(names("?name=people").await, ["people"]);
    assert_eq!(names("?name=nobody").await, Vec::<String>::new());
    let chosen = api.get("/connections?fields=name,strategy").await.expect(200);
    assert_eq!(chosen[0], json!({"name": "acme", "strategy": "oidc"}));
    let without = api.get("/connections?fields=options&include_fields=false&name=acme").await.expect(200);
    assert!(without[0].get("options").is_none() && without[0]["name"] == "acme");
    // As with Auth0, the applications are not in a list.
    assert!(api.get("/connections").await.expect(200)[0].get("enabled_clients").is_none());
    api.get("/connections?stratgy=oidc").await.expect_refusal(400, "invalid_query_string");
    api.stop().await;
}

#[actix_web::test]
async fn settings_that_the_providers_metadata_contradict_are_refused_all_at_once_and_not_stored() {
    for api in Api::each().await {
        let provider = FakeProvider::start(&api.server.clock);
        let body = |options: Value| {
            let mut body = connection_check::body(&provider);
            let Value::Object(options) = options else { panic!("{options}") };
            body["options"].as_object_mut().unwrap().extend(options);
            body
        };
        let s256_alone = Behaviour {
            discovery: Some(|answer, _| answer.set("code_challenge_methods_supported", json!(["S256"]))),
            ..Behaviour::default()
        };
        provider.behave(s256_alone);
        let wrong = json!({"issuer": "https://evil.example", "connection_settings": {"pkce": "plain"}});
        let refused = api.post("/connections", body(wrong.clone())).await;
        let told = refused.expect_refusal(400, "invalid_body");
        assert_eq!(refused.problem_paths(), ["options.issuer", "options.connection_settings.pkce"]);
        let message = told["message"].as_str().unwrap();
        for hint in
            [provider.issuer.as_str(), "https://evil.example", "S256", "pkce of this connection to auto"]
        {
            assert!(message.contains(hint), "{hint} in {message}");
        }
        assert_eq!(api.get("/connections").await.expect(200), json!([]));

        let right = json!({"issuer": provider.issuer, "connection_settings": {"pkce": "S256"}});
        let created = api.post("/connections", body(right)).await.expect(201);
        let path = format!("/connections/{}", created["id"].as_str().unwrap());
        // The secret is sent again, because another issuer would get it.
        let mut wrong = wrong;
        wrong["client_secret"] = json!("sent again");
        let refused = api.patch(&path, json!({"options": wrong, "display_name": "x"})).await;
        refused.expect_refusal(400, "invalid_body");
        assert_eq!(refused.problem_paths(), ["options.issuer", "options.connection_settings.pkce"]);
        assert_eq!(api.get(&path).await.expect(200)["display_name"], created["display_name"]);

        // A provider that is down says nothing, and other settings can change whatever it says.
        provider.behave(Behaviour { discovery: Some(|answer, _| answer.fail(503)), ..Behaviour::default() });
        api.patch(&path, json!({"options": wrong})).await.expect(200);
        provider.behave(s256_alone);
        api.patch(&path, json!({"display_name": "Acme"})).await.expect(200);
        api.stop().await;
    }
}
