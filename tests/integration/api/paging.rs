//! Both pagings of a list show the same items in the same order.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use vestibule::domain::connection::Connection;
use vestibule::flows::hub::Hub;
use vestibule::store::{ConnectionFilter, Page, StoreError};

use super::server::{Api, segment};
use crate::support::samples;

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

/// How many connections there are, and of them for an application, as `hub` remembers or counts them.
async fn totals(hub: &Hub, client_id: &str) -> [Option<i64>; 2] {
    let (connections, enabled_client) = (hub.directory.connections(), Some(client_id.to_owned()));
    let count = hub.store.read(move |tx| {
        let of_client = ConnectionFilter { enabled_client: enabled_client.clone(), ..Default::default() };
        let page = Page::Numbered { number: 0, size: 1, with_total: true };
        let of_all = connections.list(tx, &ConnectionFilter::default(), &page)?.total;
        Ok::<_, StoreError>([of_all, connections.list(tx, &of_client, &page)?.total])
    });
    count.await.unwrap()
}

#[actix_web::test]
async fn the_total_of_connections_follows_every_change_at_once_whichever_node_made_it() {
    for api in Api::each().await {
        let other = api.server.another_node(&[]).await;
        let client = api.add_client("App").await;
        let client_id = client["client_id"].as_str().unwrap();
        let expect = async |all: i64, of_client: i64, after: &str| {
            // The second time it is remembered.
            for _ in 0..2 {
                for hub in [&api.server.hub, &other.hub] {
                    let found = totals(hub, client_id).await;
                    assert_eq!(found, [Some(all), Some(of_client)], "after {after}");
                }
                let answer = api.get("/connections?per_page=1&include_totals=true").await.expect(200);
                assert_eq!(answer["total"], json!(all), "after {after}");
                let locals = api.get("/connections?strategy=local&include_totals=true").await.expect(200);
                assert_eq!(locals["total"], json!(0), "after {after}");
            }
        };
        expect(0, 0, "nothing").await;
        let near = api.add_connection("near", json!({})).await;
        let near = near["id"].as_str().unwrap();
        expect(1, 0, "one was made here").await;
        let far = samples::connection("far", client_id);
        let id = far.id.clone();
        other.hub.store.write(move |tx| tx.add_connection(&far)).await.unwrap();
        expect(2, 1, "one was made elsewhere").await;
        let enable = json!([{"client_id": client_id, "status": true}]);
        api.patch(&format!("/connections/{near}/clients"), enable).await.expect(204);
        expect(2, 2, "one was enabled for the application").await;
        api.delete(&format!("/connections/{near}")).await;
        expect(1, 1, "one was removed here").await;
        api.delete(&format!("/clients/{client_id}")).await;
        expect(1, 0, "the application was removed").await;
        let now = api.server.clock.now();
        other.hub.store.write(move |tx| tx.remove_connection(&id, now)).await.unwrap();
        expect(0, 0, "one was removed elsewhere").await;
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_page_by_number_begins_where_it_does_now_whichever_node_changed_the_list() {
    for api in Api::each().await {
        let other = api.server.another_node(&[]).await;
        let mut ids = BTreeMap::new();
        for name in ["a", "c", "e", "g"] {
            let made = api.add_connection(name, json!({})).await;
            ids.insert(name, made["id"].as_str().unwrap().to_owned());
        }
        let expect = async |names: &[&str], after: &str| {
            // The second time it is remembered.
            for _ in 0..2 {
                for hub in [&api.server.hub, &other.hub] {
                    assert_eq!(second_page(hub).await, names, "after {after}");
                }
            }
        };
        expect(&["e", "g"], "four were made").await;
        let far = samples::connection("b", "");
        let far = Connection { enabled_clients: BTreeSet::new(), ..far };
        other.hub.store.write(move |tx| tx.add_connection(&far)).await.unwrap();
        expect(&["c", "e"], "one was made before it, elsewhere").await;
        api.delete(&format!("/connections/{}", ids["a"])).await;
        expect(&["e", "g"], "one before it was removed here").await;
        api.delete(&format!("/connections/{}", ids["e"])).await;
        expect(&["g"], "its first was removed").await;
        api.delete(&format!("/connections/{}", ids["g"])).await;
        expect(&[], "the list ends before it").await;
        api.stop().await;
    }
}

/// The names on the second page of two.
async fn second_page(hub: &Hub) -> Vec<String> {
    let page = Page::Numbered { number: 1, size: 2, with_total: false };
    let connections = hub.directory.connections();
    let listed = hub.store.read(move |tx| connections.list(tx, &ConnectionFilter::default(), &page)).await;
    listed.unwrap().items.into_iter().map(|connection| connection.name).collect()
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
