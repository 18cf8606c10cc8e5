//! Identity is tenant-safe: a person is a connection, an issuer and a subject. Nothing that one connection
//! asserts touches a user of another.

use serde_json::{Value, json};
use vestibule::domain::connection::Channel;
use vestibule::domain::user::User;
use vestibule::store::StoreError;

use crate::support::application::{Application, browser};
use crate::support::databases::each_database;
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::hub::TestHub;

async fn sign_in(app: &Application<'_>, connection: &str) -> Value {
    let asked = app.ask(&[("connection", connection)]);
    let page = browser().walk(&asked.url, &[]).await;
    asked.claims_in(app, &page).await
}

async fn user(hub: &TestHub, user_id: &str) -> User {
    let user_id = user_id.to_owned();
    let found = hub.hub.store.read(move |tx| tx.find_user(&user_id)).await;
    found.unwrap_or_else(|error: StoreError| panic!("{error}")).expect("the user is there")
}

/// nOAuth, and every take-over by e-mail: the same address, asserted as verified, is another person.
#[actix_web::test]
async fn the_same_email_from_another_connection_is_another_user() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let (acme, evil) = (FakeProvider::start(&hub.clock), FakeProvider::start(&hub.clock));
        app.connect(acme.connection("acme", Channel::BackChannel)).await;
        app.connect(evil.connection("evil", Channel::FrontChannel)).await;
        let victim = sign_in(&app, "acme").await;
        let before = user(&hub, "oidc|acme|alice").await;
        hub.clock.advance(60);

        evil.behave(Behaviour {
            id_token: Some(|token, _| {
                token.set("email", "alice@acme.example");
                token.set("email_verified", true);
                token.set("name", "Mallory");
                token.set("user_id", "oidc|acme|alice");
                token.set("identities", json!([{"connection": "acme", "user_id": "alice"}]));
                token.set("app_metadata", json!({"role": "admin"}));
                token.set("blocked", false);
            }),
            ..Behaviour::default()
        });
        let attacker = sign_in(&app, "evil").await;
        assert_eq!(victim["sub"], "oidc|acme|alice");
        assert_eq!(attacker["sub"], "oidc|evil|alice");
        assert_ne!(victim["sid"], attacker["sid"]);
        assert_eq!(user(&hub, "oidc|acme|alice").await, before);
        let made = user(&hub, "oidc|evil|alice").await;
        assert!(made.app_metadata.is_empty(), "{made:?}");
        assert_eq!(hub.database.count("users"), 2);
        hub.stop().await;
    }
}

/// Incidents: addresses of a domain that was registered anew, with everything about them the same but the subject; a
/// user who is known by one subject is never found by an address (Coder, 2026).
#[actix_web::test]
async fn the_same_email_under_another_subject_is_another_user() {
    for database in each_database() {
        for channel in [Channel::BackChannel, Channel::FrontChannel] {
            let hub = TestHub::start(database.another()).await;
            let app = Application::register(&hub).await;
            let provider = FakeProvider::start(&hub.clock);
            app.connect(provider.connection("acme", channel)).await;
            provider.behave(Behaviour {
                id_token: Some(|token, _| {
                    token.set("email", "alice@acme.example");
                    token.set("email_verified", true);
                    token.set("hd", "acme.example");
                }),
                ..Behaviour::default()
            });
            assert_eq!(sign_in(&app, "acme").await["sub"], "oidc|acme|alice");
            let before = user(&hub, "oidc|acme|alice").await;
            provider.behave(Behaviour {
                id_token: Some(|token, _| {
                    token.set("sub", "somebody-who-came-later");
                    token.set("email", "ALICE@acme.example");
                    token.set("email_verified", true);
                    token.set("hd", "acme.example");
                }),
                ..Behaviour::default()
            });
            let claims = sign_in(&app, "acme").await;
            assert_eq!(claims["sub"], "oidc|acme|somebody-who-came-later");
            assert_eq!(user(&hub, "oidc|acme|alice").await, before);
            assert_eq!(hub.database.count("users"), 2);
            hub.stop().await;
        }
    }
}

/// Incidents: keycloak#53041, and whatever links by an address: an account that somebody put under another's address, so
/// as to be joined by its owner.
#[actix_web::test]
async fn an_account_that_waits_under_somebodys_address_is_not_joined() {
    for database in each_database() {
        for is_verified in [false, true] {
            let hub = TestHub::start(database.another()).await;
            let app = Application::register(&hub).await;
            let people = json!({"name": "people", "strategy": "local", "enabled_clients": [app.client_id]});
            hub.connection(people).await;
            let squatter = hub
                .person(json!({
                    "connection": "people", "email": "alice@acme.example", "email_verified": is_verified,
                    "password": "known to somebody else",
                }))
                .await;
            let before = user(&hub, &squatter).await;
            let provider = FakeProvider::start(&hub.clock);
            app.connect(provider.connection("acme", Channel::BackChannel)).await;
            provider.behave(Behaviour {
                id_token: Some(|token, _| {
                    token.set("email", "alice@acme.example");
                    token.set("email_verified", true);
                }),
                ..Behaviour::default()
            });
            for _ in 0..2 {
                assert_eq!(sign_in(&app, "acme").await["sub"], "oidc|acme|alice");
            }
            assert_eq!(user(&hub, &squatter).await, before);
            assert_eq!(user(&hub, "oidc|acme|alice").await.logins_count, 2);
            assert_eq!(hub.database.count("users"), 2);
            hub.stop().await;
        }
    }
}

/// A subject that would spell another connection's user id.
#[actix_web::test]
async fn no_subject_spells_the_user_of_another_connection() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let (acme, evil) = (FakeProvider::start(&hub.clock), FakeProvider::start(&hub.clock));
        app.connect(acme.connection("evil-acme", Channel::BackChannel)).await;
        app.connect(evil.connection("evil", Channel::BackChannel)).await;
        sign_in(&app, "evil-acme").await;
        let before = user(&hub, "oidc|evil-acme|alice").await;
        for edit in [
            (|token, _| token.set("sub", "-acme|alice")) as fn(&mut crate::support::keys::Token, &_),
            |token, _| token.set("sub", "acme|alice"),
            |token, _| token.set("sub", "../evil-acme|alice"),
            |token, _| token.set("sub", "ALICE"),
            |token, _| token.set("sub", "alice "),
        ] {
            evil.behave(Behaviour { id_token: Some(edit), ..Behaviour::default() });
            let claims = sign_in(&app, "evil").await;
            assert!(claims["sub"].as_str().unwrap().starts_with("oidc|evil|"), "{claims}");
        }
        assert_eq!(user(&hub, "oidc|evil-acme|alice").await, before);
        assert_eq!(hub.database.count("users"), 6);
        hub.stop().await;
    }
}

#[actix_web::test]
async fn email_verified_is_never_read_into_what_was_not_said() {
    let hub = TestHub::start(crate::support::databases::sqlite()).await;
    let app = Application::register(&hub).await;
    let provider = FakeProvider::start(&hub.clock);
    app.connect(provider.connection("acme", Channel::FrontChannel)).await;
    for edit in [
        (|token, _| token.remove("email_verified")) as fn(&mut crate::support::keys::Token, &_),
        |token, _| token.set("email_verified", false),
        |token, _| token.set("email_verified", "false"),
        |token, _| token.set("email_verified", Value::Null),
        |token, _| token.set("email_verified", 0),
        |token, _| token.set("email_verified", "yes"),
        |token, _| token.set("email_verified", json!([true])),
        |token, _| token.set("email_verified", json!({"alice@acme.example": true})),
    ] {
        provider.behave(Behaviour { id_token: Some(edit), ..Behaviour::default() });
        let claims = sign_in(&app, "acme").await;
        assert_ne!(claims["email_verified"], json!(true), "{claims}");
        assert_ne!(claims["email_verified"], json!("true"), "{claims}");
    }
    hub.stop().await;
}
