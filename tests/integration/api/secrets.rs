//! No secret leaves by an answer, a log entry or a database column.

use reqwest::Method;
use serde_json::{Value, json};

use super::server::{Api, MANAGEMENT_SECRET, segment};

#[actix_web::test]
async fn secrets_are_in_no_answer_no_log_and_no_column() {
    const AT_PROVIDER: &str = "canary-at-provider-7f3a";
    const REPLACED: &str = "canary-replaced-91bc";
    const PASSWORD: &str = "canary-password-44de";
    const REFUSED: &str = "canary-refused-0c55";
    for api in Api::each().await {
        let mut answers: Vec<String> = Vec::new();
        let connection = api.add_connection("acme", json!({"client_secret": AT_PROVIDER})).await;
        answers.push(connection.to_string());
        let path = format!("/connections/{}", connection["id"].as_str().unwrap());
        answers.push(api.patch(&path, json!({"options": {"client_secret": REPLACED}})).await.text);
        let bad = json!({"options": {"client_secret": REFUSED, "nothing": REFUSED, "type": REFUSED}});
        answers.push(api.patch(&path, bad).await.text);
        let bad = json!({"name": REFUSED, "strategy": REFUSED, "options": {"client_secret": [REFUSED]}});
        let refused = api.post("/connections", bad).await;
        refused.expect_refusal(400, "invalid_body");
        answers.push(refused.text);
        api.add_local_connection("people").await;
        let person = json!({"connection": "people", "email": "ada@people.example", "password": PASSWORD});
        let user = api.post("/users", person.clone()).await.expect(201);
        answers.push(user.to_string());
        answers.push(api.post("/users", person).await.text);
        let user_path = format!("/users/{}", segment(user["user_id"].as_str().unwrap()));
        answers.push(api.patch(&user_path, json!({"password": PASSWORD})).await.text);
        let client = api.add_client("App").await;
        let client_path = format!("/clients/{}", client["client_id"].as_str().unwrap());
        let first = client["client_secret"].as_str().unwrap().to_owned();
        let rotated =
            api.send(Method::POST, &format!("{client_path}/rotate-secret"), &[], None).await.expect(200);
        let second = rotated["client_secret"].as_str().unwrap().to_owned();
        answers.push(api.patch(&client_path, json!({"client_secret": first})).await.text);
        for path in [&path, &user_path, &client_path] {
            answers.push(api.get(path).await.text);
        }
        for path in [
            "/connections",
            "/clients",
            "/users",
            "/logs?per_page=100",
            "/users-by-email?email=ada@people.example",
        ] {
            answers.push(api.get(path).await.text);
        }
        let logs: Vec<Value> = api.get("/logs?per_page=100").await.expect(200).as_array().unwrap().clone();
        assert!(logs.len() >= 8);
        let columns: Vec<String> = api
            .server
            .database
            .columns()
            .iter()
            .flat_map(|column| {
                let (table, column) = column.split_once('.').unwrap();
                api.server.database.values(&format!(
                    "SELECT CAST({column} AS TEXT) AS value FROM {table} WHERE {column} IS NOT NULL"
                ))
            })
            .collect();
        assert!(columns.iter().any(|value| value == "acme"));
        for secret in [AT_PROVIDER, REPLACED, PASSWORD, MANAGEMENT_SECRET, &first, &second] {
            for text in answers.iter().chain(&columns) {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
        // What a refused body held is not kept either.
        assert!(columns.iter().all(|value| !value.contains(REFUSED)));
        api.stop().await;
    }
}
