//! Applications: their secret is seen once, and the bootstrap application is not edited here.

use reqwest::Method;
use serde_json::{Value, json};

use super::server::{Api, MANAGEMENT_CLIENT};
use crate::support::databases::sqlite;

#[actix_web::test]
async fn an_application_is_made_read_changed_and_removed() {
    for api in Api::each().await {
        let created = api.add_client("App").await;
        let client_id = created["client_id"].as_str().unwrap();
        assert_eq!(client_id.len(), 32);
        assert_eq!(created["client_secret"].as_str().unwrap().len(), 64);
        let path = format!("/clients/{client_id}");
        let read = api.get(&path).await.expect(200);
        let mut expected = created.clone();
        expected.as_object_mut().unwrap().remove("client_secret");
        assert_eq!(read, expected);
        let changed =
            api.patch(&path, json!({"description": "Ours", "callbacks": ["https://b.example/cb"]})).await;
        let changed = changed.expect(200);
        assert_eq!(changed["callbacks"], json!(["https://b.example/cb"]));
        assert_eq!(changed["name"], "App");
        assert_eq!(changed.get("client_secret"), None);
        assert_eq!(api.get(&path).await.expect(200), changed);
        let list = api.get("/clients?fields=client_id").await.expect(200);
        assert!(list.as_array().unwrap().contains(&json!({"client_id": client_id})));
        assert_eq!(
            api.get("/clients?is_global=false").await.expect(200),
            api.get("/clients").await.expect(200)
        );
        assert_eq!(api.get("/clients?is_global=true").await.expect(200), json!([]));
        api.delete(&path).await.expect(204);
        api.delete(&path).await.expect(204);
        api.get(&path).await.expect_refusal(404, "inexistent_client");
        api.patch(&path, json!({"name": "x"})).await.expect_refusal(404, "inexistent_client");
        let rotate = format!("{path}/rotate-secret");
        api.send(Method::POST, &rotate, &[], None).await.expect_refusal(404, "inexistent_client");
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_half_bad_application_is_told_everything_and_not_stored() {
    let api = Api::start(sqlite()).await;
    let refused = api
        .post("/clients", json!({"app_type": "toaster", "callbacks": ["javascript:alert(1)"], "calbacks": [], "client_secret": "mine"}))
        .await;
    refused.expect_refusal(400, "invalid_body");
    let paths = refused.problem_paths();
    for expected in ["name", "app_type", "callbacks.0", "calbacks", "client_secret"] {
        assert!(paths.iter().any(|path| path == expected), "{expected} in {paths:?}");
    }
    assert_eq!(api.get("/clients?include_totals=true").await.expect(200)["total"], 1);
    api.stop().await;
}

#[actix_web::test]
async fn rotation_gives_a_new_secret_and_ends_the_old_one() {
    for api in Api::each().await {
        let body = json!({"name": "Robot", "app_type": "non_interactive"});
        let created = api.post("/clients", body).await.expect(201);
        let (id, old) = (created["client_id"].as_str().unwrap(), created["client_secret"].as_str().unwrap());
        let error = async |secret: &str| {
            api.ask_for_token(id, secret, None).await.json()["error"].as_str().unwrap_or_default().to_owned()
        };
        // Known, and without access to the Management API.
        assert_eq!(error(old).await, "access_denied");
        assert_eq!(error("wrong").await, "invalid_client");
        let rotated = api.send(Method::POST, &format!("/clients/{id}/rotate-secret"), &[], None).await;
        let new = rotated.expect(200)["client_secret"].as_str().unwrap().to_owned();
        assert_ne!(new, old);
        assert_eq!(error(old).await, "invalid_client");
        assert_eq!(error(&new).await, "access_denied");
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_public_application_has_no_secret() {
    let api = Api::start(sqlite()).await;
    let created = api.post("/clients", json!({"name": "Spa", "app_type": "spa"})).await.expect(201);
    assert_eq!(created["token_endpoint_auth_method"], "none");
    assert_eq!(created.get("client_secret"), None);
    assert_eq!(created["has_client_secret"], false);
    let path = format!("/clients/{}", created["client_id"].as_str().unwrap());
    let rotate = format!("{path}/rotate-secret");
    api.send(Method::POST, &rotate, &[], None).await.expect_refusal(403, "operation_not_supported");
    api.patch(&path, json!({"token_endpoint_auth_method": "client_secret_post"})).await.expect(200);
    let secret = api.send(Method::POST, &rotate, &[], None).await.expect(200)["client_secret"].clone();
    assert!(secret.is_string());
    let public = api.patch(&path, json!({"token_endpoint_auth_method": "none"})).await.expect(200);
    assert_eq!(public["has_client_secret"], false);
    api.stop().await;
}

#[actix_web::test]
async fn the_application_made_from_the_settings_is_not_changed_here() {
    let api = Api::start(sqlite()).await;
    let path = format!("/clients/{MANAGEMENT_CLIENT}");
    let before = api.get(&path).await.expect(200);
    api.patch(&path, json!({"name": "Mine"})).await.expect_refusal(403, "operation_not_supported");
    api.delete(&path).await.expect_refusal(403, "operation_not_supported");
    let rotated = api.send(Method::POST, &format!("{path}/rotate-secret"), &[], None).await;
    rotated.expect_refusal(403, "operation_not_supported");
    assert_eq!(api.get(&path).await.expect(200), before);
    assert_eq!(before.get("client_secret"), None::<&Value>);
    api.stop().await;
}
