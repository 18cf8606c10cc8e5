//! APIs: declared, changed, removed; the Management API is one of them and stays.

use serde_json::{Value, json};

use super::server::{Answer, Api, segment};
use crate::support::databases::sqlite;

#[actix_web::test]
async fn an_api_is_made_read_changed_and_removed() {
    for api in Api::each().await {
        let body = json!({
            "name": "Orders", "identifier": "https://orders.example/", "signing_alg": "ES256",
            "scopes": [{"value": "read:orders", "description": "Read your orders"}, {"value": "pay"}],
            "token_lifetime": 600, "allow_offline_access": true, "authorization_details": [{"type": "payment"}],
        });
        let created = api.post("/resource-servers", body).await;
        let etag = created.header("etag").to_owned();
        let created = created.expect(201);
        assert_eq!(created["token_lifetime_for_web"], 600);
        assert_eq!(created["is_system"], false);
        assert_eq!(created["token_dialect"], "rfc9068_profile");
        assert_eq!(created["scopes"][1], json!({"value": "pay", "description": ""}));
        let path = format!("/resource-servers/{}", created["id"].as_str().unwrap());
        let by_identifier = format!("/resource-servers/{}", segment("https://orders.example/"));
        for path in [&path, &by_identifier] {
            assert_eq!(api.get(path).await.expect(200), created);
        }
        // Auth0 answers 201.
        let changed = api.patch(&path, json!({"name": "Commandes", "token_lifetime": 1200})).await;
        assert_ne!(changed.header("etag"), etag);
        let changed = changed.expect(201);
        assert_eq!((&changed["name"], &changed["signing_alg"]), (&json!("Commandes"), &json!("ES256")));
        let stale = [("if-match", etag.as_str())];
        let refused = api.send(reqwest::Method::DELETE, &path, &stale, None).await;
        refused.expect_refusal(412, "precondition_failed");
        let named = format!("/resource-servers?identifiers={}", segment("https://orders.example/"));
        assert_eq!(api.get(&named).await.expect(200), json!([changed]));
        assert_eq!(api.get("/resource-servers").await.expect(200).as_array().unwrap().len(), 2);
        api.delete(&by_identifier).await.expect(204);
        api.delete(&path).await.expect(204);
        api.get(&path).await.expect_refusal(404, "inexistent_resource_server");
        api.patch(&path, json!({})).await.expect_refusal(404, "inexistent_resource_server");
        api.stop().await;
    }
}

#[actix_web::test]
async fn an_identifier_is_taken_once_and_never_changes() {
    for api in Api::each().await {
        let body = json!({"identifier": "urn:orders"});
        let (one, other) = futures_util::future::join(
            api.post("/resource-servers", body.clone()),
            api.post("/resource-servers", body.clone()),
        )
        .await;
        let (made, refused) = if one.status == 201 { (one, other) } else { (other, one) };
        let made = made.expect(201);
        refused.expect_refusal(409, "resource_server_conflict");
        api.post("/resource-servers", body).await.expect_refusal(409, "resource_server_conflict");
        let path = format!("/resource-servers/{}", made["id"].as_str().unwrap());
        let refused = api.patch(&path, json!({"identifier": "urn:other"})).await;
        refused.expect_refusal(400, "invalid_body");
        assert_eq!(refused.problem_paths(), ["identifier"]);
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_half_bad_api_is_told_everything_and_not_stored() {
    let api = Api::start(sqlite()).await;
    let body = json!({
        "identifier": api.server.url("userinfo"), "signing_alg": "HS256", "scopes": [{"value": "openid"}],
        "scoeps": [], "token_lifetime": 1,
    });
    let refused = api.post("/resource-servers", body).await;
    refused.expect_refusal(400, "invalid_body");
    assert_eq!(
        refused.problem_paths(),
        ["identifier", "token_lifetime", "scopes.0.value", "signing_alg", "scoeps"]
    );
    let nobody = json!({"identifier": "urn:orders", "client_id": "nobody"});
    let refused = api.post("/resource-servers", nobody).await;
    refused.expect_refusal(400, "invalid_body");
    assert_eq!(refused.problem_paths(), ["client_id"]);
    assert_eq!(api.get("/resource-servers?include_totals=true").await.expect(200)["total"], 1);
    api.stop().await;
}

#[actix_web::test]
async fn the_management_api_is_listed_and_stays_as_it_is() {
    for api in Api::each().await {
        let list = api.get("/resource-servers").await.expect(200);
        let [management] = list.as_array().unwrap().as_slice() else { panic!("{list}") };
        assert_eq!(management["is_system"], true);
        assert_eq!(management["identifier"], json!(api.server.url("api/v2/")));
        let scopes = management["scopes"].as_array().unwrap();
        assert!(scopes.contains(&json!({"value": "read:users", "description": "Read users"})));
        let path = format!("/resource-servers/{}", segment(&api.server.url("api/v2/")));
        let refused = api.patch(&path, json!({"token_lifetime": 60})).await;
        refused.expect_refusal(403, "operation_not_supported");
        api.delete(&path).await.expect_refusal(403, "operation_not_supported");
        assert_eq!(api.get("/resource-servers").await.expect(200), list);
        api.stop().await;
    }
}

#[actix_web::test]
async fn every_change_of_an_api_is_logged_and_no_read() {
    let api = Api::start(sqlite()).await;
    let made = api.post("/resource-servers", json!({"identifier": "urn:orders"})).await.expect(201);
    let path = format!("/resource-servers/{}", made["id"].as_str().unwrap());
    api.get(&path).await.expect(200);
    api.patch(&path, json!({"name": "Orders"})).await.expect(201);
    api.delete(&path).await.expect(204);
    let entries = api.server.log().await;
    let told: Vec<&str> = entries
        .iter()
        .filter(|entry| entry.details.get("audience") == Some(&json!("urn:orders")))
        .map(|entry| entry.description.as_str())
        .collect();
    assert_eq!(told, ["Create a resource server", "Update a resource server", "Delete a resource server"]);
    api.stop().await;
}

/// What the token endpoint answers an application that asks for `audience`.
pub async fn token_for(api: &Api, client: &Value, audience: &str, scope: Option<&str>) -> Answer {
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", client["client_id"].as_str().unwrap()),
        ("client_secret", client["client_secret"].as_str().unwrap()),
        ("audience", audience),
    ];
    form.extend(scope.map(|scope| ("scope", scope)));
    let request = crate::support::hub::reqwest_client().post(api.server.url("oauth/token"));
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(serde_urlencoded::to_string(form).unwrap());
    Answer::of(request.send().await.unwrap()).await
}
