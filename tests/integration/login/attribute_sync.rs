//! Which attributes a login writes: by the connection's mode, and by the policy of each that has one.

use serde_json::{Value, json};
use vestibule::domain::user::User;
use vestibule::store::StoreError;

use crate::support::application::{Application, browser};
use crate::support::databases::each_database;
use crate::support::fake_provider::{Behaviour, CLIENT_ID, CLIENT_SECRET, FakeProvider};
use crate::support::hub::TestHub;

async fn signed_in(app: &Application<'_>, hub: &TestHub) -> User {
    let asked = app.ask(&[("connection", "acme")]);
    let page = browser().walk(&asked.url, &[]).await;
    asked.claims_in(app, &page).await;
    let found = hub.hub.store.read(|tx| tx.find_user("oidc|acme|alice")).await;
    found.unwrap_or_else(|error: StoreError| panic!("{error}")).expect("the user is there")
}

async fn connect(hub: &TestHub, app: &Application<'_>, provider: &FakeProvider, mode: &str, sync: Value) {
    hub.connection(json!({
        "name": "acme", "strategy": "oidc", "enabled_clients": [app.client_id],
        "options": {
            "discovery_url": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            "set_user_root_attributes": mode, "attribute_map": {"mapping_mode": "bind_all", "sync": sync},
        },
    }))
    .await;
}

fn promoted() -> Behaviour {
    Behaviour {
        id_token: Some(|token, _| {
            token.set("email", "new@acme.example");
            token.set("email_verified", true);
            token.set("name", "Alice Baker");
            token.set("family_name", "Baker");
            token.set("title", "Chef");
        }),
        ..Behaviour::default()
    }
}

#[actix_web::test]
async fn each_attribute_follows_its_own_policy() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        let sync = json!({"name": "first", "given_name": "never", "title": "if_empty"});
        connect(&hub, &app, &provider, "on_each_login", sync).await;
        let first = signed_in(&app, &hub).await;
        assert_eq!(first.text("name"), Some("Alice Adams"));
        assert_eq!((first.text("given_name"), first.text("title")), (None, None));

        provider.behave(promoted());
        let second = signed_in(&app, &hub).await;
        assert_eq!(second.text("name"), Some("Alice Adams"), "first");
        assert_eq!(second.text("given_name"), None, "never");
        assert_eq!(second.text("title"), Some("Chef"), "if_empty");
        assert_eq!(second.text("family_name"), Some("Baker"), "by the mode");

        provider.behave(Behaviour {
            id_token: Some(|token, _| token.set("title", "Baker")),
            ..Behaviour::default()
        });
        assert_eq!(signed_in(&app, &hub).await.text("title"), Some("Chef"), "if_empty, and it is not");
        hub.stop().await;
    }
}

/// A kept address must not become verified by what the provider says of a new one.
#[actix_web::test]
async fn a_kept_address_keeps_whether_it_was_verified() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        provider.behave(Behaviour {
            id_token: Some(|token, _| token.set("email_verified", false)),
            ..Behaviour::default()
        });
        connect(&hub, &app, &provider, "on_each_login", json!({"email": "first"})).await;
        signed_in(&app, &hub).await;
        provider.behave(promoted());
        let user = signed_in(&app, &hub).await;
        assert_eq!(user.email(), Some("alice@acme.example"));
        assert_eq!(user.profile["email_verified"], false);
        assert_eq!(user.text("family_name"), Some("Baker"));
        hub.stop().await;
    }
}

#[actix_web::test]
async fn an_attribute_may_be_kept_in_step_where_the_mode_writes_nothing_more() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        connect(&hub, &app, &provider, "on_first_login", json!({"title": "always"})).await;
        signed_in(&app, &hub).await;
        provider.behave(promoted());
        let user = signed_in(&app, &hub).await;
        assert_eq!((user.text("title"), user.text("family_name")), (Some("Chef"), Some("Adams")));
        provider.behave(Behaviour::default());
        assert_eq!(signed_in(&app, &hub).await.text("title"), None, "it goes with its source");
        hub.stop().await;
    }
}
