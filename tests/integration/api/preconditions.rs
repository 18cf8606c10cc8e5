//! ETags: an edit that names the version it read is refused once somebody else has edited (RFC 9110 §13.1).

use reqwest::Method;
use serde_json::json;

use super::server::{Api, segment};
use crate::support::databases::sqlite;

#[actix_web::test]
async fn an_edit_of_an_outdated_version_is_refused_and_changes_nothing() {
    for api in Api::each().await {
        let connection = api.add_connection("acme", json!({})).await;
        let client = api.add_client("App").await;
        api.add_local_connection("people").await;
        let user = api
            .post(
                "/users",
                json!({"connection": "people", "email": "ada@people.example", "password": "correct horse"}),
            )
            .await
            .expect(201);
        for (path, first, second) in [
            (
                format!("/connections/{}", connection["id"].as_str().unwrap()),
                json!({"display_name": "First"}),
                json!({"display_name": "Second"}),
            ),
            (
                format!("/clients/{}", client["client_id"].as_str().unwrap()),
                json!({"name": "First"}),
                json!({"name": "Second"}),
            ),
            (
                format!("/users/{}", segment(user["user_id"].as_str().unwrap())),
                json!({"user_metadata": {"by": "First"}}),
                json!({"user_metadata": {"by": "Second"}}),
            ),
        ] {
            let read = api.get(&path).await;
            let etag = read.header("etag").to_owned();
            assert!(etag.starts_with('"'), "{path}: a strong tag, not {etag:?}");
            let known = api.send(Method::GET, &path, &[("if-none-match", &etag)], None).await;
            match path.starts_with("/connections") {
                // Its state changes without its version, so it is always shown.
                true => assert_eq!(known.expect(200), read.expect(200)),
                false => assert_eq!((known.status.as_u16(), known.text.as_str()), (304, "")),
            }
            let changed = api.send(Method::PATCH, &path, &[("if-match", &etag)], Some(&first)).await;
            changed.expect(200);
            assert_ne!(changed.header("etag"), etag);
            assert_eq!(api.get(&path).await.header("etag"), changed.header("etag"), "{path}");
            for outdated in [etag.as_str(), "\"999\"", &format!("W/{}", changed.header("etag"))] {
                let refused = api.send(Method::PATCH, &path, &[("if-match", outdated)], Some(&second)).await;
                refused.expect_refusal(412, "precondition_failed");
                let refused = api.send(Method::DELETE, &path, &[("if-match", outdated)], None).await;
                refused.expect_refusal(412, "precondition_failed");
            }
            assert!(!api.get(&path).await.text.contains("Second"));
            api.send(Method::PATCH, &path, &[("if-match", "*")], Some(&second)).await.expect(200);
            let stale = api.send(Method::GET, &path, &[("if-none-match", &etag)], None).await;
            stale.expect(200);
        }
        api.stop().await;
    }
}

#[actix_web::test]
async fn of_simultaneous_edits_of_one_version_exactly_one_succeeds() {
    for api in Api::each().await {
        let path =
            format!("/connections/{}", api.add_connection("acme", json!({})).await["id"].as_str().unwrap());
        let etag = api.get(&path).await.header("etag").to_owned();
        let (api, path, etag) = (&api, &path, &etag);
        let edits = (0..8).map(|number| async move {
            let body = json!({"display_name": format!("Edit {number}")});
            api.send(Method::PATCH, path, &[("if-match", etag)], Some(&body)).await.status.as_u16()
        });
        let mut statuses = futures_util::future::join_all(edits).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
    }
}

#[actix_web::test]
async fn enabling_an_application_is_a_change_of_the_connection() {
    let api = Api::start(sqlite()).await;
    let path =
        format!("/connections/{}", api.add_connection("acme", json!({})).await["id"].as_str().unwrap());
    let client = api.add_client("App").await["client_id"].clone();
    let etag = api.get(&path).await.header("etag").to_owned();
    let body = json!([{"client_id": client, "status": true}]);
    let clients = format!("{path}/clients");
    api.send(Method::PATCH, &clients, &[("if-match", &etag)], Some(&body)).await.expect(204);
    api.send(Method::PATCH, &clients, &[("if-match", &etag)], Some(&body))
        .await
        .expect_refusal(412, "precondition_failed");
    assert_ne!(api.get(&path).await.header("etag"), etag);
    api.stop().await;
}
