//! No scope of the Management API reaches what the hub is run with: its own applications, and the people who manage it.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::locale::Locale;
use vestibule::domain::management_scope;
use vestibule::flows::administrators::{Removal, remove_administrator};

use crate::support::administrators::{
    ADMINISTRATOR, ADMINISTRATOR_PASSWORD, administrators_tokens, first_administrator, link_for, set_up,
};
use crate::support::databases::each_database;
use crate::support::hub::{MANAGEMENT_CLIENT, TestHub};
use crate::support::sign_in::{Answer, Stage, fields, http, post_form, read, segment};

async fn call(hub: &TestHub, token: &str, method: Method, path: &str, body: Value) -> Answer {
    let request = http().request(method, hub.url(&format!("api/v2/{path}"))).bearer_auth(token);
    match body {
        Value::Null => read(request).await,
        body => read(request.header("content-type", "application/json").body(body.to_string())).await,
    }
}

fn assert_refused(answer: &Answer, what: &str) {
    assert_eq!(
        (answer.status, answer.json["errorCode"].as_str()),
        (403, Some("operation_not_supported")),
        "{what}: {answer:?}"
    );
}

#[actix_web::test]
async fn the_application_of_the_settings_is_neither_removed_nor_changed_by_anybody() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        first_administrator(&hub).await;
        let all = format!("openid {}", management_scope::ALL.join(" "));
        let administrators = administrators_tokens(&hub, &all).await.text_of("access_token");
        let own = hub.management_token().await;
        let path = format!("clients/{MANAGEMENT_CLIENT}");
        // And another application that may do everything with applications.
        let other = hub.client(json!({"name": "Other", "app_type": "non_interactive"})).await;
        let grant = json!({"client_id": other.client_id, "audience": hub.url("api/v2/"), "scope": management_scope::ALL});
        let granted = call(&hub, &own, Method::POST, "client-grants", grant).await;
        assert_eq!(granted.status, 201, "{granted:?}");
        let audience = hub.url("api/v2/");
        let form = fields(&[
            ("grant_type", "client_credentials"),
            ("client_id", &other.client_id),
            ("client_secret", &other.secret),
            ("audience", &audience),
        ]);
        let others = post_form(&hub.url("oauth/token"), &form, &[]).await;
        let others = others.text_of("access_token");
        for token in [&administrators, &own, &others] {
            assert_refused(&call(&hub, token, Method::DELETE, &path, Value::Null).await, "DELETE");
            assert_refused(&call(&hub, token, Method::PATCH, &path, json!({"name": "Mine"})).await, "PATCH");
            let rotated =
                call(&hub, token, Method::POST, &format!("{path}/rotate-secret"), Value::Null).await;
            assert_refused(&rotated, "rotate");
            for path in ["clients/vestibule-cli", "connections/con_administrators00"] {
                assert_refused(&call(&hub, token, Method::DELETE, path, Value::Null).await, path);
                assert_refused(&call(&hub, token, Method::PATCH, path, json!({"name": "x"})).await, path);
            }
            let keys = "connections/con_administrators00/keys";
            assert_refused(&call(&hub, token, Method::POST, keys, json!({})).await, keys);
        }
        assert_eq!(call(&hub, &own, Method::GET, &path, Value::Null).await.status, 200);
    }
}

#[actix_web::test]
async fn an_administrator_is_neither_blocked_nor_removed_by_the_scopes_of_users() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let hub = &stage.hub;
        let first = first_administrator(hub).await;
        assert_eq!(
            set_up(&link_for(hub, "ada@hub.example").await, "", ADMINISTRATOR_PASSWORD).await.status,
            200
        );
        let administrators = administrators_tokens(hub, "openid update:users delete:users").await;
        let path = format!("users/{}", segment(&first));
        for token in [hub.management_token().await, administrators.text_of("access_token")] {
            assert_refused(&call(hub, &token, Method::DELETE, &path, Value::Null).await, "DELETE");
            assert_refused(&call(hub, &token, Method::PATCH, &path, json!({"blocked": true})).await, "PATCH");
            // What is no way in is theirs to change.
            let named =
                call(hub, &token, Method::PATCH, &path, json!({"user_metadata": {"a": 1}, "blocked": false}));
            assert_eq!(named.await.status, 200);
        }
        let user = hub.hub.store.read(move |tx| tx.find_user(&first)).await.unwrap().unwrap();
        assert!(!user.is_blocked);
        administrators_tokens(hub, "openid read:users").await;

        // Wherever they sign in, that way stays.
        let (member, now) = (stage.user_id.clone(), hub.clock.now());
        hub.hub.store.write(move |tx| tx.add_administrator(&member, Locale::En, now)).await.unwrap();
        let (token, people) = (hub.management_token().await, format!("connections/{}", stage.connection.id));
        assert_refused(&call(hub, &token, Method::DELETE, &people, Value::Null).await, "their connection");
        let disabled = call(hub, &token, Method::PATCH, &people, json!({"is_enabled": false})).await;
        assert_refused(&disabled, "their connection, disabled");
        assert_eq!(call(hub, &token, Method::PATCH, &people, json!({"display_name": "P"})).await.status, 200);
    }
}

#[actix_web::test]
async fn the_last_administrator_who_can_sign_in_stays_one() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        first_administrator(&hub).await;
        let remove = async |email: &str| {
            let origin = vestibule::domain::audit::Origin::default();
            let entry = vestibule::domain::audit::LogEntry::new(
                hub.clock.now(),
                &hub.hub.random.alphanumeric(12),
                vestibule::domain::audit::LogType::ManagementWrite,
                "Remove an administrator",
                &origin,
            );
            remove_administrator(&hub.hub.store, email, entry).await.unwrap()
        };
        assert_eq!(remove(ADMINISTRATOR).await, Removal::Last);
        assert_eq!(remove("nobody@hub.example").await, Removal::Unknown);
        set_up(&link_for(&hub, "ada@hub.example").await, "", ADMINISTRATOR_PASSWORD).await;
        // Somebody who cannot sign in is nobody's stand-in.
        let all = hub.hub.store.read(|tx| tx.list_administrators()).await.unwrap();
        let ada = all.iter().find(|one| one.user.email() == Some("ada@hub.example")).unwrap();
        let (id, now) = (ada.user.user_id.clone(), hub.clock.now());
        hub.hub.store.write(move |tx| tx.set_blocked(&id, true, now)).await.unwrap();
        assert_eq!(remove(ADMINISTRATOR).await, Removal::Last);
        let (id, now) = (ada.user.user_id.clone(), hub.clock.now());
        hub.hub.store.write(move |tx| tx.set_blocked(&id, false, now)).await.unwrap();
        assert_eq!(remove(ADMINISTRATOR).await, Removal::Removed);
        assert_eq!(remove("ada@hub.example").await, Removal::Last);
        assert_eq!(hub.hub.store.read(|tx| tx.list_administrators()).await.unwrap().len(), 1);
    }
}
