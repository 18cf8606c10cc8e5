//! What the hub made for itself serves nothing else: neither its application nor the connection of its administrators.

use serde_json::{Value, json};

use super::server::{Answer, Api};
use crate::support::administrators::first_administrator;
use crate::support::databases::each_database;

/// A hub that somebody manages, on each database.
async fn managed() -> Vec<Api> {
    let mut all = Vec::new();
    for database in each_database() {
        let api = Api::start(database).await;
        first_administrator(&api.server).await;
        all.push(api);
    }
    all
}

/// All that could have been made or changed.
async fn records(api: &Api) -> Vec<Value> {
    let mut all = Vec::new();
    for path in ["/connections", "/users", "/client-grants"] {
        all.push(api.get(path).await.expect(200));
    }
    all
}

/// That `answer` refuses the field `path`, and says `why`.
fn assert_refused(answer: &Answer, path: &str, why: &str) {
    answer.expect_refusal(400, "invalid_body");
    assert_eq!(answer.problem_paths(), [path], "{}", answer.text);
    assert!(answer.text.contains(why), "{}", answer.text);
}

#[actix_web::test]
async fn the_hubs_own_application_signs_people_in_by_no_other_connection() {
    const WHY: &str = "signs administrators of the hub in and nobody else";
    for api in managed().await {
        let app = api.add_client("App").await["client_id"].clone();
        let made = api.add_local_connection("people").await;
        let path = format!("/connections/{}", made["id"].as_str().unwrap());
        let before = records(&api).await;
        for clients in [json!(["vestibule-cli"]), json!([app, "vestibule-cli"])] {
            let body = json!({"name": "others", "strategy": "local", "enabled_clients": clients});
            assert_refused(&api.post("/connections", body.clone()).await, "enabled_clients", WHY);
            assert_refused(&api.post("/connections/check", body).await, "enabled_clients", WHY);
            let patch = json!({"enabled_clients": clients});
            assert_refused(&api.post(&format!("{path}/check"), patch.clone()).await, "enabled_clients", WHY);
            assert_refused(&api.patch(&path, patch).await, "enabled_clients", WHY);
        }
        for status in [true, false] {
            let both =
                json!([{"client_id": app, "status": true}, {"client_id": "vestibule-cli", "status": status}]);
            let refused = api.patch(&format!("{path}/clients"), both).await;
            assert_refused(&refused, "1.client_id", WHY);
        }
        assert_eq!(records(&api).await, before);
        // Another application may.
        api.patch(&path, json!({"enabled_clients": [app]})).await.expect(200);
        api.stop().await;
    }
}

#[actix_web::test]
async fn nobody_gets_an_account_among_the_administrators_but_by_a_link() {
    for api in managed().await {
        api.add_local_connection("people").await;
        let person = |connection: &str| json!({"connection": connection, "email": "eve@x.example", "password": "12345678"});
        let before = records(&api).await;
        let refused = api.post("/users", person("administrators")).await;
        assert_refused(&refused, "connection", "administrators are made by a set-up link");
        assert_eq!(records(&api).await, before);
        api.post("/users", person("people")).await.expect(201);
        api.stop().await;
    }
}

/// It is not its name that makes the connection the hub's own.
#[actix_web::test]
async fn somebodys_own_connection_may_be_called_administrators() {
    for database in each_database() {
        let api = Api::start(database).await;
        api.add_local_connection("administrators").await;
        first_administrator(&api.server).await;
        let person = |connection: &str| json!({"connection": connection, "email": "eve@x.example", "password": "12345678"});
        let refused = api.post("/users", person("administrators-of-this-hub")).await;
        assert_refused(&refused, "connection", "administrators are made by a set-up link");
        let made = api.post("/users", person("administrators")).await.expect(201);
        let made = made["user_id"].as_str().unwrap().to_owned();
        let is_one = api.server.hub.store.read(move |tx| tx.is_administrator(&made)).await.unwrap();
        assert!(!is_one);
        api.stop().await;
    }
}

#[actix_web::test]
async fn the_hubs_own_applications_get_no_client_grant() {
    for api in managed().await {
        let orders = "https://orders.example/";
        let body = json!({"identifier": orders, "scopes": [{"value": "read:orders"}]});
        api.post("/resource-servers", body).await.expect(201);
        let management = api.server.url("api/v2/");
        let grant = |client_id: &Value, audience: &str, scope: &str| json!({"client_id": client_id, "audience": audience, "scope": [scope]});
        let before = records(&api).await;
        let terminal = json!("vestibule-cli");
        for (audience, scope) in [(management.as_str(), "read:users"), (orders, "read:orders")] {
            let refused = api.post("/client-grants", grant(&terminal, audience, scope)).await;
            assert_refused(&refused, "client_id", "the hub's own application, which needs no client grant");
        }
        let refused =
            api.post("/client-grants", grant(&json!("management"), &management, "read:users")).await;
        assert_refused(&refused, "client_id", "has every Management API scope already");
        assert_eq!(records(&api).await, before);
        let app = api.add_client("App").await["client_id"].clone();
        api.post("/client-grants", grant(&app, &management, "read:users")).await.expect(201);
        api.stop().await;
    }
}
