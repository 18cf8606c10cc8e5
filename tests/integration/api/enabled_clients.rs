//! Which applications a connection is open to.

use serde_json::{Value, json};

use super::server::Api;

#[actix_web::test]
async fn applications_are_enabled_and_disabled_and_the_others_stay() {
    for api in Api::each().await {
        let mut clients = Vec::new();
        for number in 0..5 {
            clients.push(
                api.add_client(&format!("App {number}")).await["client_id"].as_str().unwrap().to_owned(),
            );
        }
        clients.sort();
        let id = api.add_connection("acme", json!({})).await["id"].as_str().unwrap().to_owned();
        let path = format!("/connections/{id}/clients");
        let all = |status: bool| -> Value {
            clients.iter().map(|client_id| json!({"client_id": client_id, "status": status})).collect()
        };
        api.patch(&path, all(true)).await.expect(204);
        let first = api.get(&format!("{path}?take=2")).await.expect(200);
        assert_eq!(first["clients"], json!([{"client_id": clients[0]}, {"client_id": clients[1]}]));
        let mut listed: Vec<Value> = first["clients"].as_array().unwrap().clone();
        let mut next = first["next"].as_str().map(str::to_owned);
        while let Some(from) = next {
            let page = api.get(&format!("{path}?take=2&from={from}")).await.expect(200);
            listed.extend(page["clients"].as_array().unwrap().iter().cloned());
            next = page["next"].as_str().map(str::to_owned);
        }
        assert_eq!(listed.len(), 5);
        api.patch(&path, json!([{"client_id": clients[0], "status": false}])).await.expect(204);
        let read = api.get(&format!("/connections/{id}")).await.expect(200);
        assert_eq!(read["enabled_clients"], json!(clients[1..]));
        api.stop().await;
    }
}

#[actix_web::test]
async fn an_unknown_application_is_named_by_its_position_and_nothing_is_enabled() {
    for api in Api::each().await {
        let client = api.add_client("App").await["client_id"].clone();
        let id = api.add_connection("acme", json!({})).await["id"].as_str().unwrap().to_owned();
        let path = format!("/connections/{id}/clients");
        let refused = api
            .patch(
                &path,
                json!([{"client_id": client, "status": true}, {"client_id": "nobody", "status": true}]),
            )
            .await;
        refused.expect_refusal(400, "invalid_body");
        assert_eq!(refused.problem_paths(), ["1.client_id"]);
        assert_eq!(api.get(&path).await.expect(200), json!({"clients": []}));
        api.patch(&path, json!({"client_id": client, "status": true}))
            .await
            .expect_refusal(400, "invalid_body");
        let unknown = "/connections/con_0123456789abcdef/clients";
        let body = json!([{"client_id": client, "status": true}]);
        api.patch(unknown, body).await.expect_refusal(404, "inexistent_connection");
        api.get(unknown).await.expect_refusal(404, "inexistent_connection");
        // An application that is gone can still be disabled.
        api.patch(&path, json!([{"client_id": "nobody", "status": false}])).await.expect(204);
        api.stop().await;
    }
}
