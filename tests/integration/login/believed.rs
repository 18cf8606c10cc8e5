//! What a connection believes of a person and keeps of them: verified addresses by policy, groups as they are now, and
//! nothing that must not be kept.

use serde_json::{Value, json};
use vestibule::domain::connection::{
    Channel, Connection, EmailVerifiedPolicy, OidcOptions, SetUserRootAttributes,
};
use vestibule::domain::user::User;
use vestibule::store::StoreError;

use crate::support::application::{Application, browser};
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::{Behaviour, FakeProvider, Scene};
use crate::support::hub::TestHub;
use crate::support::keys::Token;

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

/// A connection by the back channel, changed by `edit`.
fn connection(provider: &FakeProvider, name: &str, edit: impl FnOnce(&mut OidcOptions)) -> Connection {
    let mut connection = provider.connection(name, Channel::BackChannel);
    edit(&mut connection.options);
    connection
}

fn behave(provider: &FakeProvider, id_token: fn(&mut Token, &Scene)) {
    provider.behave(Behaviour { id_token: Some(id_token), ..Behaviour::default() });
}

/// The detail of the last sign-in through a connection.
async fn logged(app: &Application<'_>, connection: &Connection, detail: &str) -> Option<String> {
    let mut entries = app.log_about(connection).await;
    entries.retain(|entry| entry.log_type == "s");
    let entry = entries.pop().expect("a sign-in");
    entry.details.get(detail).and_then(Value::as_str).map(str::to_owned)
}

#[actix_web::test]
async fn an_address_is_verified_only_as_far_as_the_connection_is_believed() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        for (name, policy, expected) in [
            ("asserted", EmailVerifiedPolicy::AsAsserted, true),
            ("domains", EmailVerifiedPolicy::VerifiedDomainsOnly, false),
            ("never", EmailVerifiedPolicy::Never, false),
        ] {
            let options = |options: &mut OidcOptions| options.email_verified_policy = policy;
            let connection = app.connect(connection(&provider, name, options)).await;
            let claims = sign_in(&app, name).await;
            assert_eq!(claims["email"], "alice@acme.example", "{name}");
            assert_eq!(claims["email_verified"], expected, "{name}");
            let stored = user(&hub, &format!("oidc|{name}|alice")).await;
            assert_eq!(stored.profile["email_verified"], expected, "{name}");
            let told = logged(&app, &connection, "email_verified").await;
            assert_eq!(told.is_some(), !expected, "{name}: {told:?}");
        }
        hub.stop().await;
    }
}

#[actix_web::test]
async fn a_map_does_not_talk_its_way_around_the_policy() {
    let hub = TestHub::start(sqlite()).await;
    let app = Application::register(&hub).await;
    let provider = FakeProvider::start(&hub.clock);
    let options: OidcOptions = serde_json::from_value(json!({
        "email_verified_policy": "never",
        "attribute_map": {"mapping_mode": "use_map",
            "attributes": {"email": "ceo@acme.example", "email_verified": true}},
    }))
    .unwrap();
    let made = connection(&provider, "acme", |current| {
        current.email_verified_policy = options.email_verified_policy;
        current.attribute_map = options.attribute_map;
    });
    app.connect(made).await;
    assert_eq!(sign_in(&app, "acme").await["email_verified"], false);
    hub.stop().await;
}

#[actix_web::test]
async fn groups_are_those_of_the_last_sign_in_whatever_else_is_left_alone() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        for (name, mode) in
            [("each", SetUserRootAttributes::OnEachLogin), ("first", SetUserRootAttributes::OnFirstLogin)]
        {
            let made = connection(&provider, name, |options| {
                options.groups_claim = Some("groups".into());
                options.set_user_root_attributes = mode;
            });
            let made = app.connect(made).await;
            let id = format!("oidc|{name}|alice");
            provider.behave(Behaviour::default());
            sign_in(&app, name).await;
            assert_eq!(user(&hub, &id).await.profile["groups"], json!(["staff", "admins"]), "{name}");
            behave(&provider, |token, _| {
                token.set(
                    "groups",
                    json!([{"id": "1", "name": "staff"}, {"id": "2", "displayName": "cooks"}]),
                );
                token.set("name", "Alice Baker");
            });
            sign_in(&app, name).await;
            let stored = user(&hub, &id).await;
            assert_eq!(stored.profile["groups"], json!(["staff", "cooks"]), "{name}");
            let keeps_name = mode == SetUserRootAttributes::OnFirstLogin;
            assert_eq!(stored.profile["name"] == "Alice Adams", keeps_name, "{name}");
            assert_eq!(logged(&app, &made, "groups").await, None);
            behave(&provider, |token, _| token.remove("groups"));
            // UserInfo, which is asked where the ID token is silent, knows them still.
            sign_in(&app, name).await;
            assert_eq!(user(&hub, &id).await.profile["groups"], json!(["staff", "admins"]), "{name}");
            provider.behave(Behaviour {
                id_token: Some(|token, _| token.remove("groups")),
                userinfo: Some(|answer, _| answer.remove("groups")),
                ..Behaviour::default()
            });
            sign_in(&app, name).await;
            assert_eq!(user(&hub, &id).await.profile["groups"], json!([]), "{name}");
            let told = logged(&app, &made, "groups").await.expect("a word about the missing claim");
            assert!(told.contains("the claim groups was in no answer"), "{told}");
        }
        hub.stop().await;
    }
}

#[actix_web::test]
async fn a_provider_with_too_many_groups_to_send_is_named_and_gives_none() {
    let hub = TestHub::start(sqlite()).await;
    let app = Application::register(&hub).await;
    let provider = FakeProvider::start(&hub.clock);
    let mut made = connection(&provider, "acme", |options| options.groups_claim = Some("groups".into()));
    made.options.channel = Channel::FrontChannel;
    let made = app.connect(made).await;
    behave(&provider, |token, _| {
        token.remove("groups");
        token.set("_claim_names", json!({"groups": "src1"}));
        token.set("_claim_sources", json!({"src1": {"endpoint": "https://graph.example/groups"}}));
    });
    sign_in(&app, "acme").await;
    assert_eq!(user(&hub, "oidc|acme|alice").await.profile["groups"], json!([]));
    let told = logged(&app, &made, "groups").await.expect("a word about it");
    assert!(told.contains("more groups than it sends"), "{told}");
    hub.stop().await;
}

#[actix_web::test]
async fn what_must_not_be_kept_is_nowhere_in_the_database() {
    const CANARY: &str = "canary-salary-band-7";
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        behave(&provider, |token, _| token.set("salary", CANARY));
        let made = app.connect(connection(&provider, "acme", |_| {})).await;
        sign_in(&app, "acme").await;
        assert!(hub.database.dump().contains(CANARY), "without the option it is kept");
        let patch = json!({"options": {"non_persistent_attrs": ["salary"],
            "set_user_root_attributes": "on_first_login"}});
        assert_eq!(hub.patch_connection(&made.id, patch).await.0, 200);
        sign_in(&app, "acme").await;
        assert!(!hub.database.dump().contains(CANARY), "and what was kept before goes");
        hub.stop().await;
    }
}
