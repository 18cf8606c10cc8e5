//! Both pagings of a list show the same items in the same order.

use serde_json::{Value, json};

use super::server::{Api, segment};

async fn by_number(api: &Api, path: &str, resource: &str, size: i64) -> Vec<Value> {
    let mut items = Vec::new();
    for page in 0.. {
        let query = format!("{path}?page={page}&per_page={size}&include_totals=true");
        let answer = api.get(&query).await.expect(200);
        assert_eq!((&answer["start"], &answer["limit"]), (&json!(page * size), &json!(size)));
        let list = answer[resource].as_array().unwrap();
        assert_eq!(answer["length"], json!(list.len()));
        let bare = api.get(&format!("{path}?page={page}&per_page={size}")).await.expect(200);
        assert_eq!(bare.as_array().unwrap(), list);
        items.extend(list.iter().cloned());
        if list.is_empty() {
            assert_eq!(answer["total"], json!(items.len()));
            return items;
        }
    }
    items
}

async fn by_position(api: &Api, path: &str, resource: &str, size: i64) -> Vec<Value> {
    let mut items = Vec::new();
    let mut query = format!("{path}?take={size}");
    loop {
        let answer = api.get(&query).await.expect(200);
        let list = answer[resource].as_array().unwrap();
        assert!(list.len() <= usize::try_from(size).unwrap());
        items.extend(list.iter().cloned());
        let Some(next) = answer["next"].as_str() else { return items };
        query = format!("{path}?take={size}&from={}", segment(next));
    }
}

#[actix_web::test]
async fn both_pagings_agree() {
    for api in Api::each().await {
        api.add_local_connection("people").await;
        for number in 0..7 {
            api.add_connection(&format!("acme{number}"), json!({})).await;
            let client = api.add_client(&format!("App {number}")).await;
            let audience = format!("urn:api:{number}");
            api.post("/resource-servers", json!({"identifier": audience})).await.expect(201);
            let grant = json!({"client_id": client["client_id"], "audience": audience});
            api.post("/client-grants", grant).await.expect(201);
            let email = format!("person{number}@people.example");
            let body = json!({"connection": "people", "email": email, "password": "correct horse"});
            api.post("/users", body).await.expect(201);
        }
        // One local connection, one bootstrap application and the Management API are there too.
        for (path, resource, count) in [
            ("/connections", "connections", 8),
            ("/clients", "clients", 8),
            ("/users", "users", 7),
            ("/resource-servers", "resource_servers", 8),
            ("/client-grants", "client_grants", 7),
        ] {
            for size in [1, 3, 100] {
                let numbered = by_number(&api, path, resource, size).await;
                assert_eq!(numbered.len(), count, "{path}");
                assert_eq!(by_position(&api, path, resource, size).await, numbered, "{path} by {size}");
            }
        }
        api.stop().await;
    }
}

#[actix_web::test]
async fn impossible_pages_are_refused_with_what_is_possible() {
    let api = Api::start(crate::support::databases::sqlite()).await;
    for query in [
        "per_page=0",
        "per_page=101",
        "page=-1",
        "page=x",
        "take=101",
        "from=%21",
        "page=1&take=5",
        "page=1000",
    ] {
        for path in ["/connections", "/clients", "/users", "/resource-servers", "/client-grants"] {
            let refused = api.get(&format!("{path}?{query}")).await;
            let body = refused.expect_refusal(400, "invalid_query_string");
            assert!(!body["problems"].as_array().unwrap().is_empty());
        }
    }
    api.stop().await;
}
