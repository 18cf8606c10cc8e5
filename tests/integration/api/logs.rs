//! Every change is one log entry, every refused one too; both say who and what.

use serde_json::{Value, json};

use super::server::{Api, MANAGEMENT_CLIENT};

async fn newest(api: &Api, query: &str) -> Vec<Value> {
    api.get(&format!("/logs{query}")).await.expect(200).as_array().unwrap().clone()
}

#[actix_web::test]
async fn changes_and_refusals_are_logged_once_with_their_author() {
    for api in Api::each().await {
        let connection = api.add_connection("acme", json!({})).await;
        let id = connection["id"].as_str().unwrap();
        let path = format!("/connections/{id}");
        api.patch(&path, json!({"display_name": "Acme", "options": {"icon_url": "https://a.example/i.png"}}))
            .await
            .expect(200);
        api.patch(&path, json!({"unknown": 1})).await.expect(400);
        api.get("/connections").await.expect(200);
        let token = api.token_for(Some("read:connections")).await;
        let without_scope =
            api.request(reqwest::Method::DELETE, &path).bearer_auth(token).send().await.unwrap();
        assert_eq!(without_scope.status(), 403);
        api.delete(&path).await.expect(202);
        let entries = newest(&api, "?type=sapi&type=fapi").await;
        // Two of the same millisecond come in any order.
        let mut seen: Vec<(&str, &str)> = entries
            .iter()
            .map(|entry| (entry["type"].as_str().unwrap(), entry["description"].as_str().unwrap()))
            .map(|(kind, text)| (kind, text.split(':').next().unwrap()))
            .collect();
        seen.sort_unstable();
        assert_eq!(
            seen,
            [
                ("fapi", "Delete a connection"),
                ("fapi", "Update a connection"),
                ("sapi", "Create a connection"),
                ("sapi", "Delete a connection"),
                ("sapi", "Update a connection"),
            ]
        );
        for entry in &entries {
            assert_eq!(entry["client_id"], MANAGEMENT_CLIENT);
            assert_eq!(entry["client_name"], "Management");
            assert_eq!(entry["_id"], entry["log_id"]);
            assert!(entry["ip"].is_string() && entry["request_id"].is_string() && entry["date"].is_string());
            assert!(entry.get("user_id").is_none(), "what is not known is left out");
        }
        let update = entries
            .iter()
            .find(|entry| entry["type"] == "sapi" && entry["description"] == "Update a connection")
            .unwrap();
        assert_eq!((&update["connection"], &update["connection_id"]), (&json!("acme"), &json!(id)));
        assert_eq!(update["details"]["properties"], json!(["display_name", "options.icon_url"]));
        let one = api.get(&format!("/logs/{}", update["log_id"].as_str().unwrap())).await.expect(200);
        assert_eq!(&one, update);
        api.get("/logs/0").await.expect_refusal(404, "inexistent_log");
        api.stop().await;
    }
}

#[actix_web::test]
async fn logs_are_filtered_and_read_on_from_where_a_reader_stopped() {
    for api in Api::each().await {
        for name in ["acme", "bravo", "charlie"] {
            api.add_connection(name, json!({})).await;
        }
        let of_bravo = newest(&api, "?connection=bravo").await;
        assert_eq!(of_bravo.len(), 1);
        let id = of_bravo[0]["connection_id"].as_str().unwrap();
        assert_eq!(newest(&api, &format!("?connection_id={id}")).await, of_bravo);
        assert_eq!(newest(&api, "?connection=nowhere").await, Vec::<Value>::new());
        assert_eq!(newest(&api, "?user_id=oidc%7Cacme%7C1").await, Vec::<Value>::new());
        assert_eq!(newest(&api, &format!("?client_id={MANAGEMENT_CLIENT}&type=sapi")).await.len(), 3);
        assert_eq!(
            newest(&api, "?take=100").await,
            Vec::<Value>::new(),
            "what is still being written is held back"
        );
        api.server.clock.advance(20);
        let mut ids: Vec<String> = Vec::new();
        let mut query = "?take=2".to_owned();
        loop {
            let page = newest(&api, &query).await;
            let Some(last) = page.last() else { break };
            query = format!("?take=2&from={}", last["log_id"].as_str().unwrap());
            ids.extend(page.iter().map(|entry| entry["log_id"].as_str().unwrap().to_owned()));
        }
        assert!(ids.is_sorted(), "oldest first");
        let all = newest(&api, "?per_page=100&include_totals=false").await;
        let backwards: Vec<&str> = all.iter().rev().map(|entry| entry["log_id"].as_str().unwrap()).collect();
        assert_eq!(ids, backwards);
        let totals = api.get("/logs?include_totals=true").await.expect(200);
        assert_eq!(totals["total"], json!(ids.len()));
        assert_eq!(newest(&api, "?sort=date:1").await.first(), all.last());
        api.get("/logs?sort=name:1").await.expect_refusal(400, "invalid_query_string");
        api.stop().await;
    }
}
