//! The Management API's side: scopes, and what is in the log.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::connection::Channel;

use super::{Trial, call, outcome};
use crate::support::browser::Browser;
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{fields, post_form};

/// A token of an application with these scopes alone.
async fn token_with(trial: &Trial, scopes: &[&str]) -> String {
    let hub = &trial.stage.hub;
    let app = hub
        .client(json!({"name": "M2M", "app_type": "non_interactive", "grant_types": ["client_credentials"]}))
        .await;
    let audience = hub.url("api/v2/");
    let grant = json!({"client_id": app.client_id, "audience": audience, "scope": scopes});
    trial.stage.manage(Method::POST, "client-grants", grant).await;
    let form = fields(&[
        ("grant_type", "client_credentials"),
        ("client_id", &app.client_id),
        ("client_secret", &app.secret),
        ("audience", &audience),
    ]);
    post_form(&hub.url("oauth/token"), &form, &[]).await.text_of("access_token")
}

#[actix_web::test]
async fn reading_connections_tells_the_steps_and_reading_users_the_person_too() {
    let trial = Trial::on(sqlite(), Channel::BackChannel).await;
    let (id, link) = trial.link().await;
    trial.walk(&mut Browser::new(), &link).await;
    let tests = format!("connections/{}/tests", trial.connection.id);
    let path = format!("{tests}/{id}");
    let reader = token_with(&trial, &["read:connections"]).await;
    let told = call(&trial, Method::GET, &path, &reader).await;
    assert_eq!((told.status, told.json["status"].as_str()), (200, Some("passed")));
    assert!(told.json["steps"].as_array().unwrap().len() > 5);
    assert_eq!((&told.json["claims"], &told.json["mapping"]), (&Value::Null, &Value::Null));
    assert!(!told.text.contains("alice"), "{}", told.text);
    let both = token_with(&trial, &["read:connections", "read:users"]).await;
    let told = call(&trial, Method::GET, &path, &both).await;
    assert_eq!(told.json["claims"]["id_token"]["sub"], "alice");
    let users = token_with(&trial, &["read:users"]).await;
    for (method, path) in [(Method::GET, path.as_str()), (Method::GET, &tests)] {
        assert_eq!(call(&trial, method, path, &users).await.status, 403, "{path}");
    }
    let make = format!("connections/{}/test", trial.connection.id);
    assert_eq!(call(&trial, Method::POST, &make, &reader).await.status, 403);
    // Under another connection there is no such test.
    let elsewhere = format!("connections/{}/tests/{id}", trial.stage.connection.id);
    assert_eq!(call(&trial, Method::GET, &elsewhere, &both).await.status, 404);
}

#[actix_web::test]
async fn who_made_the_link_its_beginning_and_its_end_are_in_the_log() {
    for database in each_database() {
        let trial = Trial::on(database, Channel::BackChannel).await;
        let (id, link) = trial.link().await;
        assert_eq!(outcome(&trial.walk(&mut Browser::new(), &link).await), "passed");
        let log = trial.stage.hub.log().await;
        let of = |kind: &str| {
            let found: Vec<_> = log.iter().filter(|entry| entry.log_type == kind).collect();
            assert_eq!(found.len(), 1, "{kind}: {log:#?}");
            found[0].clone()
        };
        let made = log.iter().find(|entry| entry.description == "Create a test login").unwrap();
        assert_eq!(made.details["changed"], json!({"resource": "test login", "id": id}));
        assert_eq!(made.client_id.as_deref(), Some("management"));
        let begun = of("test_login_begun");
        assert_eq!(
            (&begun.details["test"], &begun.details["made_by"]),
            (&json!(id), &json!("client:management"))
        );
        let ended = of("test_login_passed");
        for entry in [begun, ended] {
            assert_eq!(entry.connection.as_deref(), Some("acme"));
            assert_eq!(entry.details["test"], id.as_str());
            assert!(!format!("{entry:?}").contains("alice"));
        }
    }
}
