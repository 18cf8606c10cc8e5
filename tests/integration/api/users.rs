//! Users: read, searched, blocked; classic accounts are made here.

use serde_json::{Value, json};

use super::server::{Api, segment};
use crate::support::databases::sqlite;
use crate::support::samples;

fn person(email: &str) -> Value {
    json!({"connection": "people", "email": email, "password": "correct horse", "name": "Ada Lovelace"})
}

#[actix_web::test]
async fn a_person_with_a_password_is_made_found_blocked_and_removed() {
    for api in Api::each().await {
        api.add_local_connection("people").await;
        let created = api.post("/users", person("Ada@People.example")).await.expect(201);
        let user_id = created["user_id"].as_str().unwrap();
        assert!(user_id.starts_with("local|"), "{user_id}");
        assert_eq!(created["email"], "ada@people.example");
        assert_eq!(created["email_verified"], false);
        assert_eq!(created["name"], "Ada Lovelace");
        assert_eq!(created["blocked"], false);
        let identity = &created["identities"][0];
        assert_eq!((&identity["connection"], &identity["provider"]), (&json!("people"), &json!("local")));
        assert_eq!(format!("local|{}", identity["user_id"].as_str().unwrap()), user_id);
        let path = format!("/users/{}", segment(user_id));
        assert!(path.contains("%7C"));
        assert_eq!(api.get(&path).await.expect(200), created);
        let found = api.get("/users-by-email?email=ADA%40people.example").await.expect(200);
        assert_eq!(found, json!([created]));
        assert_eq!(api.get("/users-by-email?email=nobody%40people.example").await.expect(200), json!([]));
        for (q, count) in [
            ("email:\"ada@people.example\"", 1),
            ("identities.connection:\"people\"", 1),
            ("email:\"ada@people.example\" AND identities.connection:\"people\"", 1),
            ("identities.connection:\"nowhere\"", 0),
            ("email:\"nobody@people.example\"", 0),
        ] {
            let query = format!("/users?search_engine=v3&include_totals=true&q={}", segment(q));
            assert_eq!(api.get(&query).await.expect(200)["total"], json!(count), "{q}");
        }
        let refused = api.get(&format!("/users?q={}", segment("name:\"Ada\""))).await;
        let body = refused.expect_refusal(400, "invalid_query_string");
        assert!(body["message"].as_str().unwrap().contains("identities.connection"));

        let blocked = api.patch(&path, json!({"blocked": true})).await.expect(200);
        assert_eq!(blocked["blocked"], true);
        assert_eq!(api.get(&path).await.expect(200), blocked);
        assert_eq!(api.patch(&path, json!({"blocked": null})).await.expect(200)["blocked"], false);
        api.delete(&path).await.expect(204);
        api.delete(&path).await.expect(204);
        api.get(&path).await.expect_refusal(404, "inexistent_user");
        api.patch(&path, json!({"blocked": true})).await.expect_refusal(404, "inexistent_user");
        // The account went with the person: the address is free again.
        api.post("/users", person("ada@people.example")).await.expect(201);
        api.stop().await;
    }
}

#[actix_web::test]
async fn metadata_is_merged_at_every_depth() {
    let api = Api::start(sqlite()).await;
    api.add_local_connection("people").await;
    let mut body = person("ada@people.example");
    body["app_metadata"] = json!({"plan": {"name": "gold", "seats": 5}, "old": 1});
    let user = api.post("/users", body).await.expect(201);
    let path = format!("/users/{}", segment(user["user_id"].as_str().unwrap()));
    let patch =
        json!({"app_metadata": {"plan": {"seats": 6}, "old": null}, "user_metadata": {"theme": "dark"}});
    let changed = api.patch(&path, patch).await.expect(200);
    assert_eq!(changed["app_metadata"], json!({"plan": {"name": "gold", "seats": 6}}));
    assert_eq!(changed["user_metadata"], json!({"theme": "dark"}));
    assert_eq!(changed["blocked"], false);
    let emptied = api.patch(&path, json!({"app_metadata": null})).await.expect(200);
    assert_eq!(
        (&emptied["app_metadata"], &emptied["user_metadata"]),
        (&json!({}), &json!({"theme": "dark"}))
    );
    let refused = api.patch(&path, json!({"name": "Eve", "blokced": true, "app_metadata": 5})).await;
    refused.expect_refusal(400, "invalid_body");
    let mut paths = refused.problem_paths();
    paths.sort();
    assert_eq!(paths, ["app_metadata", "blokced", "name"]);
    let large = json!({"user_metadata": {"text": "x".repeat(70_000)}});
    assert_eq!(api.patch(&path, large).await.problem_paths(), ["user_metadata"]);
    assert_eq!(api.get(&path).await.expect(200), emptied);
    api.stop().await;
}

#[actix_web::test]
async fn an_address_has_one_account_per_connection() {
    for api in Api::each().await {
        api.add_local_connection("people").await;
        api.add_local_connection("others").await;
        api.post("/users", person("ada@people.example")).await.expect(201);
        api.post("/users", person("ADA@people.example")).await.expect(409);
        let mut elsewhere = person("ada@people.example");
        elsewhere["connection"] = json!("others");
        api.post("/users", elsewhere).await.expect(201);
        let race = (0..4).map(|_| api.post("/users", person("race@people.example")));
        let mut statuses: Vec<u16> =
            futures_util::future::join_all(race).await.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_bad_person_is_told_everything_and_not_stored() {
    let api = Api::start(sqlite()).await;
    api.add_local_connection("people").await;
    api.add_connection("acme", json!({})).await;
    let refused = api
        .post(
            "/users",
            json!({"connection": "people", "email": "ada", "password": "short", "nmae": "Ada", "blocked": 1}),
        )
        .await;
    refused.expect_refusal(400, "invalid_body");
    let mut paths = refused.problem_paths();
    paths.sort();
    assert_eq!(paths, ["blocked", "email", "nmae", "password"]);
    assert!(!refused.text.contains("short\""));
    for connection in ["acme", "nowhere"] {
        let mut body = person("ada@people.example");
        body["connection"] = json!(connection);
        assert_eq!(api.post("/users", body).await.problem_paths(), ["connection"]);
    }
    assert_eq!(api.get("/users").await.expect(200), json!([]));
    api.stop().await;
}

#[actix_web::test]
async fn an_id_is_found_whatever_characters_the_provider_put_into_it() {
    for api in Api::each().await {
        for subject in ["a/b", "a%2Fb", "a%252Fb", "a b+c", "é ü", "a?b#c", "a|b|c", "..", "%", "a\\b\"c"] {
            let mut user = samples::user(&format!("oidc|acme|{subject}"));
            user.user_id = format!("oidc|acme|{subject}");
            let added = user.clone();
            api.server.hub.store.write(move |tx| tx.add_user(&added)).await.unwrap();
            let read = api.get(&format!("/users/{}", percent_encoded(&user.user_id))).await.expect(200);
            assert_eq!(read["user_id"], json!(user.user_id));
        }
        api.stop().await;
    }
}

/// As `encodeURIComponent` does it.
fn percent_encoded(text: &str) -> String {
    segment(text).replace('+', "%20")
}
