//! Two secrets at a time: an application is given a new one without an hour in which it cannot work.

use reqwest::Method;
use serde_json::{Value, json};

use super::{KNOWN, UNKNOWN, assertion, authenticate};
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{Stage, fields, post_form};

async fn tries(stage: &Stage, client_id: &str, secret: &str) -> (u16, String) {
    let form = fields(&[
        ("grant_type", "client_credentials"),
        ("audience", &stage.hub.url("api/v2/")),
        ("client_id", client_id),
        ("client_secret", secret),
    ]);
    let answer = post_form(&stage.hub.url("oauth/token"), &form, &[]).await;
    let (status, error) = answer.error();
    (status, error.to_owned())
}

async fn rotate(stage: &Stage, client_id: &str, body: Value) -> String {
    let answer = stage.manage(Method::POST, &format!("clients/{client_id}/rotate-secret"), body).await;
    answer.text_of("client_secret")
}

fn owned(answer: (u16, &str)) -> (u16, String) {
    (answer.0, answer.1.to_owned())
}

#[actix_web::test]
async fn the_former_secret_stays_good_for_the_time_named_and_not_longer() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let app = stage.hub.client(json!({"name": "Robot", "app_type": "non_interactive"})).await;
        let id = app.client_id.as_str();
        let second = rotate(&stage, id, json!({"keep_previous_for_seconds": 600})).await;
        for secret in [&app.secret, &second] {
            assert_eq!(tries(&stage, id, secret).await, owned(KNOWN));
        }
        let listed = stage.manage(Method::GET, &format!("clients/{id}/secrets"), Value::Null).await;
        let listed_secrets = listed.json.as_array().unwrap();
        assert_eq!(listed_secrets.len(), 2);
        assert_eq!(
            (&listed_secrets[0]["is_current"], &listed_secrets[0]["expires_at"]),
            (&json!(true), &json!(null))
        );
        assert_eq!(listed_secrets[1]["is_current"], false);
        assert!(listed_secrets[1]["expires_at"].is_string());
        assert!(!listed.text.contains(&app.secret) && !listed.text.contains(&second));
        // Two at a time: a third one ends the first.
        let third = rotate(&stage, id, json!({"keep_previous_for_seconds": 600})).await;
        assert_eq!(tries(&stage, id, &app.secret).await, owned(UNKNOWN));
        assert_eq!(tries(&stage, id, &second).await, owned(KNOWN));
        stage.hub.clock.advance(600);
        assert_eq!(tries(&stage, id, &second).await, owned(UNKNOWN));
        assert_eq!(tries(&stage, id, &third).await, owned(KNOWN));
        let listed = stage.manage(Method::GET, &format!("clients/{id}/secrets"), Value::Null).await;
        assert_eq!(listed.json.as_array().unwrap().len(), 1);
        let dump = stage.hub.database.dump();
        for secret in [&app.secret, &second, &third] {
            assert!(!dump.contains(secret.as_str()));
        }
        let log = stage.hub.log().await;
        let rotated = log.iter().filter(|entry| entry.description == "Rotate a client secret").count();
        assert_eq!(rotated, 2);
    }
}

#[actix_web::test]
async fn without_a_word_the_former_secret_ends_at_once_and_so_it_does_when_removed() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let app = stage.hub.client(json!({"name": "Robot", "app_type": "non_interactive"})).await;
        let id = app.client_id.as_str();
        let second = rotate(&stage, id, Value::Null).await;
        assert_eq!(tries(&stage, id, &app.secret).await, owned(UNKNOWN));
        let third = rotate(&stage, id, json!({"keep_previous_for_seconds": 600})).await;
        assert_eq!(tries(&stage, id, &second).await, owned(KNOWN));
        let listed = stage.manage(Method::GET, &format!("clients/{id}/secrets"), Value::Null).await;
        let older = listed.json[1]["id"].as_str().unwrap();
        let path = format!("clients/{id}/secrets/{older}");
        assert_eq!(stage.manage(Method::DELETE, &path, Value::Null).await.status, 204);
        assert_eq!(stage.manage(Method::DELETE, &path, Value::Null).await.status, 204);
        assert_eq!(tries(&stage, id, &second).await, owned(UNKNOWN));
        assert_eq!(tries(&stage, id, &third).await, owned(KNOWN));
        let log = stage.hub.log().await;
        assert!(log.iter().any(|entry| entry.description == "Remove a client secret"));
    }
}

#[actix_web::test]
async fn an_application_that_begins_to_sign_with_its_secret_needs_a_new_one() {
    let stage = Stage::on(sqlite()).await;
    let app = stage.hub.client(json!({"name": "Robot", "app_type": "non_interactive"})).await;
    let id = app.client_id.as_str();
    let path = format!("clients/{id}");
    let patch = json!({"token_endpoint_auth_method": "client_secret_jwt"});
    let changed = stage.manage(Method::PATCH, &path, patch).await;
    assert_eq!(changed.json["must_rotate_client_secret"], true);
    let with_old = assertion(&stage.hub, id, Some(&app.secret)).write();
    assert_eq!(authenticate(&stage.hub, &with_old).await.error(), UNKNOWN);
    let log = stage.hub.log().await;
    assert!(log.last().unwrap().description.contains("rotate it"), "{log:?}");
    let second = rotate(&stage, id, Value::Null).await;
    let with_second = assertion(&stage.hub, id, Some(&second)).write();
    assert_eq!(authenticate(&stage.hub, &with_second).await.error(), KNOWN);
    // Both of two secrets sign.
    let third = rotate(&stage, id, json!({"keep_previous_for_seconds": 60})).await;
    for secret in [&second, &third] {
        let text = assertion(&stage.hub, id, Some(secret)).write();
        assert_eq!(authenticate(&stage.hub, &text).await.error(), KNOWN);
    }
    // Back at sending the secret, no readable copy is left.
    let patch = json!({"token_endpoint_auth_method": "client_secret_basic"});
    stage.manage(Method::PATCH, &path, patch).await;
    let query = "SELECT CAST(count(*) AS TEXT) AS value FROM clients WHERE client_secret_sealed IS NOT NULL OR \
                 previous_secret_sealed IS NOT NULL";
    assert_eq!(stage.hub.database.values(query), ["0"]);
    assert_eq!(tries(&stage, id, &third).await, owned(KNOWN));
}
