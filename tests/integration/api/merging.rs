//! `PATCH` merges (RFC 7396): a key left out stays, `null` removes, at every depth.

use serde_json::{Value, json};

use super::server::Api;
use crate::support::databases::sqlite;

#[actix_web::test]
async fn a_patch_of_one_option_leaves_the_others_alone() {
    for api in Api::each().await {
        let options = json!({
            "icon_url": "https://acme.example/icon.png", "domain_aliases": ["acme.example"],
            "connection_settings": {"pkce": "S256"},
            "attribute_map": {"mapping_mode": "use_map", "attributes": {
                "email": "${context.tokenset.email}", "name": "${context.tokenset.name}"}},
        });
        let before = api.add_connection("acme", options).await;
        let path = format!("/connections/{}", before["id"].as_str().unwrap());
        let after = api
            .patch(
                &path,
                json!({"options": {"icon_url": null, "attribute_map": {"attributes": {
                    "name": null, "nickname": "${context.tokenset.nickname}"}}}}),
            )
            .await
            .expect(200);
        let mut expected = before["options"].clone();
        expected.as_object_mut().unwrap().remove("icon_url");
        expected["attribute_map"]["attributes"] =
            json!({"email": "${context.tokenset.email}", "nickname": "${context.tokenset.nickname}"});
        assert_eq!(after["options"], expected);
        assert_eq!(api.get(&path).await.expect(200)["options"], expected);
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_secret_stays_unless_it_is_replaced_or_removed() {
    let api = Api::start(sqlite()).await;
    let id = api.add_connection("acme", json!({})).await["id"].as_str().unwrap().to_owned();
    let path = format!("/connections/{id}");
    let stored = async || {
        let id = id.clone();
        let connection = api.server.hub.store.read(move |tx| tx.find_connection(&id)).await.unwrap().unwrap();
        connection.client_secret.map(|secret| secret.reveal().to_owned())
    };
    api.patch(&path, json!({"options": {"scope": "openid email"}})).await.expect(200);
    assert_eq!(stored().await.as_deref(), Some("secret-at-idp"));
    api.patch(&path, json!({"options": {"client_secret": "another-secret"}})).await.expect(200);
    assert_eq!(stored().await.as_deref(), Some("another-secret"));
    // A back channel that authenticates by secret needs one.
    api.patch(&path, json!({"options": {"client_secret": null}})).await.expect_refusal(400, "invalid_body");
    assert_eq!(stored().await.as_deref(), Some("another-secret"));
    let public = json!({"options": {"client_secret": null, "token_endpoint_auth_method": "none"}});
    assert_eq!(api.patch(&path, public).await.expect(200)["options"]["has_client_secret"], false);
    assert_eq!(stored().await, None);
    api.stop().await;
}

#[actix_web::test]
async fn a_patch_that_would_leave_a_bad_whole_changes_nothing() {
    for api in Api::each().await {
        let before = api.add_connection("acme", json!({})).await;
        let path = format!("/connections/{}", before["id"].as_str().unwrap());
        for (patch, expected) in [
            (json!({"options": {"discovery_url": null}}), "options.discovery_url"),
            (json!({"display_name": "New", "options": {"client_id": null}}), "options.client_id"),
            (json!({"display_name": "New", "options": {"unknown": 1}}), "options.unknown"),
            (json!({"display_name": "New", "options": []}), "options"),
            (json!({"enabled_clients": ["nobody"]}), "enabled_clients"),
        ] {
            let refused = api.patch(&path, patch.clone()).await;
            refused.expect_refusal(400, "invalid_body");
            let paths = refused.problem_paths();
            assert!(paths.iter().any(|path| path.starts_with(expected)), "{patch}: {paths:?}");
            assert_eq!(api.get(&path).await.expect(200), before);
        }
        api.stop().await;
    }
}

#[actix_web::test]
async fn simultaneous_patches_all_take_effect() {
    for api in Api::each().await {
        let id = api.add_connection("acme", json!({})).await["id"].as_str().unwrap().to_owned();
        let path = format!("/connections/{id}");
        let keys: Vec<String> = (0..4).map(|number| format!("key{number}")).collect();
        let patches = keys.iter().map(|key| api.patch(&path, json!({"metadata": {key: "set"}})));
        for answer in futures_util::future::join_all(patches).await {
            answer.expect(200);
        }
        let metadata = api.get(&path).await.expect(200)["metadata"].clone();
        assert!(keys.iter().all(|key| metadata[key] == "set"), "{metadata}");
        let removal = Value::Object(keys.iter().map(|key| (key.clone(), Value::Null)).collect());
        let emptied = api.patch(&path, json!({"metadata": removal})).await.expect(200);
        assert_eq!(emptied["metadata"], json!({}));
        api.stop().await;
    }
}
