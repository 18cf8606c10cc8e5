//! What providers gave for our people: kept sealed where a connection asks for it, read with a scope of its own, refreshed
//! when it is read too late.

use serde_json::{Value, json};
use vestibule::domain::connection::{Channel, Connection, KeptTokens};

use super::server::segment;
use crate::support::application::{Application, browser};
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::hub::{MANAGEMENT_CLIENT, MANAGEMENT_SECRET, TestHub, reqwest_client};
use crate::support::node::CertifiedProvider;

/// A connection that keeps tokens, with those that can be refreshed.
fn keeping(mut connection: Connection) -> Connection {
    connection.options.federated_connections_access_tokens = KeptTokens { active: true };
    connection.options.scope = "openid email offline_access".into();
    connection
}

async fn sign_in(app: &Application<'_>, connection: &str) {
    let asked = app.ask(&[("connection", connection)]);
    let page = browser().walk(&asked.url, &[("login", "alice")]).await;
    asked.claims_in(app, &page).await;
}

/// The one identity of a user, read with `scope`.
async fn identity(hub: &TestHub, user_id: &str, scope: &str) -> Value {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", MANAGEMENT_CLIENT),
        ("client_secret", MANAGEMENT_SECRET),
        ("audience", &hub.url("api/v2/")),
        ("scope", scope),
    ];
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = reqwest_client()
        .post(hub.url("oauth/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let told: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    let token = told["access_token"].as_str().unwrap_or_else(|| panic!("{told}"));
    let request = reqwest_client()
        .get(hub.url(&format!("api/v2/users/{}", segment(user_id))))
        .header("authorization", format!("Bearer {token}"));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let user: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    user["identities"][0].clone()
}

const BOTH: &str = "read:users read:user_idp_tokens";
const ALICE: &str = "oidc|acme|alice";

#[actix_web::test]
async fn tokens_are_kept_sealed_and_read_with_their_own_scope_alone() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        let connection = app.connect(keeping(provider.connection("acme", Channel::BackChannel))).await;
        sign_in(&app, "acme").await;
        let scene = provider.redeemed().pop().unwrap();
        let shown = identity(&hub, ALICE, BOTH).await;
        assert_eq!(shown["access_token"], scene.access_token);
        assert!(shown["access_token_expires_at"].is_string(), "{shown}");
        assert!(!shown.to_string().contains(&scene.refresh_token), "the refresh token stays here");
        let without = identity(&hub, ALICE, "read:users").await;
        assert!(without.get("access_token").is_none(), "{without}");
        let dump = hub.database.dump();
        assert!(!dump.contains(&scene.access_token) && !dump.contains(&scene.refresh_token));

        // A new sign-in brings new ones.
        sign_in(&app, "acme").await;
        assert_ne!(identity(&hub, ALICE, BOTH).await["access_token"], scene.access_token);
        assert_eq!(hub.database.count("upstream_tokens"), 1);
        // Nobody asks for them any more: they go.
        let off = json!({"options": {"federated_connections_access_tokens": {"active": false}}});
        assert_eq!(hub.patch_connection(&connection.id, off).await.0, 200);
        assert_eq!(hub.database.count("upstream_tokens"), 0);
        sign_in(&app, "acme").await;
        assert!(identity(&hub, ALICE, BOTH).await.get("access_token").is_none());
        assert_eq!(hub.database.count("upstream_tokens"), 0);
        hub.stop().await;
    }
}

#[actix_web::test]
async fn of_many_who_read_an_expired_token_one_refreshes_it_and_all_get_the_new_one() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        app.connect(keeping(provider.connection("acme", Channel::BackChannel))).await;
        sign_in(&app, "acme").await;
        let first = identity(&hub, ALICE, BOTH).await["access_token"].clone();
        hub.clock.advance(200);
        assert_eq!(identity(&hub, ALICE, BOTH).await["access_token"], first, "still good");
        assert_eq!(provider.counts().refreshed(), 0);
        hub.clock.advance(50);
        let readers = (0..8).map(|_| identity(&hub, ALICE, BOTH));
        let read = futures_util::future::join_all(readers).await;
        assert_eq!(provider.counts().refreshed(), 1, "a refresh token is used once");
        let tokens: Vec<&Value> = read.iter().map(|identity| &identity["access_token"]).collect();
        assert!(tokens.iter().all(|token| token.is_string() && *token == tokens[0]), "{tokens:?}");
        assert_ne!(*tokens[0], first);
        // The new refresh token works as the first did.
        hub.clock.advance(400);
        assert_ne!(identity(&hub, ALICE, BOTH).await["access_token"], *tokens[0]);
        assert_eq!(provider.counts().refreshed(), 2);
        hub.stop().await;
    }
}

#[actix_web::test]
async fn a_refresh_that_fails_is_logged_and_forgets_only_what_is_over() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        let connection = app.connect(keeping(provider.connection("acme", Channel::BackChannel))).await;
        sign_in(&app, "acme").await;
        hub.clock.advance(400);
        provider.behave(Behaviour { token: Some(|answer, _| answer.fail(503)), ..Behaviour::default() });
        assert!(identity(&hub, ALICE, BOTH).await.get("access_token").is_none());
        assert_eq!(hub.database.count("upstream_tokens"), 1, "the provider may be back soon");
        provider.behave(Behaviour::default());
        provider.end_refresh_tokens();
        assert!(identity(&hub, ALICE, BOTH).await.get("access_token").is_none());
        assert_eq!(hub.database.count("upstream_tokens"), 0, "and this is over");
        let told: Vec<Value> = hub
            .log()
            .await
            .into_iter()
            .filter(|entry| entry.connection_id.as_deref() == Some(&*connection.id) && entry.log_type == "w")
            .map(|entry| entry.details["check"].clone())
            .collect();
        assert_eq!(told, ["token-answer", "token-refresh"]);
        hub.stop().await;
    }
}

#[actix_web::test]
async fn tokens_of_the_certified_provider_are_refreshed() {
    let hub = TestHub::start(sqlite()).await;
    let app = Application::register(&hub).await;
    let provider = CertifiedProvider::start(&hub.url("login/callback"));
    let mut connection = keeping(provider.connection("offline", &hub.clock));
    connection.options.upstream_params =
        serde_json::from_value(json!({"prompt": {"value": "consent"}})).unwrap();
    app.connect(connection).await;
    sign_in(&app, "offline").await;
    let user_id = "oidc|offline|alice";
    let first = identity(&hub, user_id, BOTH).await["access_token"].clone();
    assert!(first.is_string());
    hub.clock.advance(2 * 60 * 60);
    let second = identity(&hub, user_id, BOTH).await["access_token"].clone();
    assert!(second.is_string() && second != first, "{second}");
    hub.stop().await;
}
