//! What is refused whoever asks: wrong media types, sizes, paths and methods. Always JSON, and nothing changes.

use reqwest::Method;
use serde_json::json;

use super::server::{Answer, Api};
use crate::support::databases::sqlite;

#[actix_web::test]
async fn bodies_that_are_not_json_are_refused() {
    let api = Api::start(sqlite()).await;
    let token = api.token_for(None).await;
    let send = async |content_type: Option<&str>, body: Vec<u8>| {
        let mut request = api.request(Method::POST, "/connections").bearer_auth(&token).body(body);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        Answer::of(request.send().await.unwrap()).await
    };
    for content_type in
        [None, Some("text/plain"), Some("multipart/form-data; boundary=x"), Some("application/xml")]
    {
        send(content_type, b"{}".to_vec()).await.expect_refusal(415, "unsupported_media_type");
    }
    let form = "application/x-www-form-urlencoded";
    send(Some(form), b"name=acme&strategy=oidc".to_vec()).await.expect_refusal(415, "unsupported_media_type");
    for body in ["", "{", "[]", "null", "5", "\"text\"", "{\"name\": \"a\",}", "{\"name\": NaN}"] {
        send(Some("application/json"), body.into()).await.expect_refusal(400, "invalid_body");
    }
    send(Some("application/json"), b"{\"name\": \"\xff\"}".to_vec())
        .await
        .expect_refusal(400, "invalid_body");
    let deep = format!("{}{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    send(Some("application/json"), deep.into()).await.expect_refusal(400, "invalid_body");
    let large = json!({"name": "x".repeat(1024 * 1024)}).to_string();
    send(Some("application/json"), large.into()).await.expect_refusal(413, "payload_too_large");
    send(Some("application/json; charset=utf-8"), b"{}".to_vec()).await.expect_refusal(400, "invalid_body");
    assert_eq!(api.get("/connections").await.expect(200), json!([]));
    api.stop().await;
}

#[actix_web::test]
async fn unknown_paths_and_methods_are_answered_in_json() {
    let api = Api::start(sqlite()).await;
    for path in
        ["", "/", "/nothing", "/connections/", "/connections/con_0123456789abcdef/nothing", "/clients/x/y/z"]
    {
        api.get(path).await.expect_refusal(404, "not_found");
    }
    for (method, path, allow) in [
        (Method::PUT, "/connections", "GET, POST"),
        (Method::POST, "/connections/con_0123456789abcdef", "GET, PATCH, DELETE"),
        (Method::GET, "/clients/x/rotate-secret", "POST"),
        (Method::DELETE, "/logs", "GET"),
    ] {
        let refused = api.send(method, path, &[], None).await;
        refused.expect_refusal(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), allow);
    }
    for path in ["/connections/acme", "/connections/con_short", "/connections/con_0123456789abcde%2F"] {
        api.get(path).await.expect_refusal(400, "invalid_uri");
    }
    api.stop().await;
}

#[actix_web::test]
async fn text_that_no_database_stores_is_refused_and_not_a_server_error() {
    for api in Api::each().await {
        for path in ["/users/a%00b", "/clients/a%00b", "/logs/a%00b"] {
            api.get(path).await.expect_refusal(404, "not_found");
        }
        for query in
            ["/connections?name=a%00b", "/users-by-email?email=a%00b", "/logs?user_id=a%00b&type=x%00"]
        {
            api.get(query).await.expect_refusal(400, "invalid_query_string");
        }
        api.post("/clients", json!({"name": "a\u{0}b"})).await.expect_refusal(400, "invalid_body");
        api.add_local_connection("people").await;
        let body = json!({"connection": "people", "email": "ada@people.example", "password": "correct horse",
            "app_metadata": {"a\u{0}": "b\u{0}"}});
        let created = api.post("/users", body).await;
        assert!(created.status.as_u16() < 500, "{created:?}");
        api.stop().await;
    }
}
