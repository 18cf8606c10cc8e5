//! What a provider is asked: a nonce always, PKCE by the connection's mode, and what the application wished.

use serde_json::json;
use vestibule::domain::clock::Clock;
use vestibule::domain::connection::{CallUserInfo, Channel, PkceMode};

use crate::support::application::{Application, browser};
use crate::support::databases::sqlite;
use crate::support::fake_provider::{Behaviour, FakeProvider, Scene};
use crate::support::hub::TestHub;
use crate::support::upstream_login::{sign_in, upstream};

/// One parameter of the request that came to the provider.
fn asked<'a>(scene: &'a Scene, name: &str) -> Option<&'a str> {
    scene.request.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

#[actix_web::test]
async fn what_an_application_wishes_of_a_sign_in_reaches_the_provider() {
    let hub = TestHub::start(sqlite()).await;
    let app = Application::register(&hub).await;
    let provider = FakeProvider::start(&hub.clock);
    app.connect(provider.connection("acme", Channel::BackChannel)).await;
    let wishes = [
        ("login_hint", "alice@acme.example"),
        ("prompt", "login"),
        ("max_age", "600"),
        ("ui_locales", "fr-CA fr"),
        ("acr_values", "urn:acme:gold"),
        ("domain_hint", "acme.example"),
    ];
    let request = app.ask(&[&[("connection", "acme")], wishes.as_slice()].concat());
    let page = browser().walk(&request.url, &[]).await;
    request.claims_in(&app, &page).await;
    let scene = provider.scenes().pop().unwrap();
    for (name, value) in wishes {
        assert_eq!(asked(&scene, name), Some(value), "{name}");
    }
    assert_eq!(provider.counts().authorize(), 1);
    hub.stop().await;
}

#[actix_web::test]
async fn a_connection_says_more_to_its_provider_and_an_application_may_ask_for_more_scopes() {
    let hub = TestHub::start(sqlite()).await;
    let app = Application::register(&hub).await;
    let provider = FakeProvider::start(&hub.clock);
    let mut connection = provider.connection("acme", Channel::BackChannel);
    connection.options.upstream_params = serde_json::from_value(json!({
        "hd": {"value": "acme.example"},
        "screen_name": {"alias": "login_hint"},
        "mode": {"alias": "prompt"},
        "display": {"alias": "display"},
        "app": {"alias": "client_id"},
        "unsaid": {"alias": "acr_values"},
        "max_age": {"value": "1"},
    }))
    .unwrap();
    app.connect(connection).await;
    let request = app.ask(&[
        ("connection", "acme"),
        ("login_hint", "alice@acme.example"),
        ("prompt", "login"),
        ("display", "touch"),
        ("max_age", "600"),
        ("connection_scope", "calendar,mail email"),
    ]);
    let page = browser().walk(&request.url, &[]).await;
    request.claims_in(&app, &page).await;
    let scene = provider.scenes().pop().unwrap();
    for (name, value) in [
        ("hd", Some("acme.example")),
        ("screen_name", Some("alice@acme.example")),
        ("mode", Some("login")),
        ("display", Some("touch")),
        ("app", Some(app.client_id.as_str())),
        ("unsaid", None),
        ("max_age", Some("600")),
        ("scope", Some("openid profile email calendar mail")),
    ] {
        assert_eq!(asked(&scene, name), value, "{name}");
    }
    let odd = app.ask(&[("connection", "acme"), ("connection_scope", "a\"b")]);
    let page = browser().walk(&odd.url, &[]).await;
    assert_eq!(odd.error_in(&hub, &page).as_deref(), Ok("invalid_request"));
    hub.stop().await;
}

#[actix_web::test]
async fn an_application_learns_nothing_of_the_state_nonce_and_verifier_of_the_provider() {
    let hub = TestHub::start(sqlite()).await;
    let app = Application::register(&hub).await;
    let provider = FakeProvider::start(&hub.clock);
    app.connect(provider.connection("acme", Channel::BackChannel)).await;
    let request = app.ask(&[("connection", "acme")]);
    let page = browser().walk(&request.url, &[]).await;
    let scene = provider.scenes().pop().unwrap();
    assert_ne!(scene.nonce, request.nonce);
    assert_ne!(scene.state, request.state);
    assert!(!page.url.as_str().contains(&scene.code));
    assert!(!scene.request.iter().any(|(_, value)| *value == request.state || *value == request.nonce));
    hub.stop().await;
}

#[actix_web::test]
async fn a_code_is_always_bound_to_its_login_by_the_strongest_pkce_the_connection_allows() {
    let only_plain = Behaviour {
        discovery: Some(|answer, _| answer.set("code_challenge_methods_supported", json!(["plain"]))),
        ..Behaviour::default()
    };
    let says_nothing = Behaviour {
        discovery: Some(|answer, _| answer.remove("code_challenge_methods_supported")),
        ..Behaviour::default()
    };
    let (clock, upstream) = (Clock::default(), upstream());
    let cases = [
        (PkceMode::Auto, Behaviour::default(), Some("S256")),
        (PkceMode::Auto, says_nothing, Some("S256")),
        (PkceMode::Auto, only_plain, Some("plain")),
        (PkceMode::S256, only_plain, Some("S256")),
        (PkceMode::Plain, Behaviour::default(), Some("plain")),
        (PkceMode::Disabled, Behaviour::default(), None),
    ];
    for (mode, behaviour, expected) in cases {
        let provider = FakeProvider::start(&clock);
        provider.behave(behaviour);
        let mut connection = provider.connection("acme", Channel::BackChannel);
        connection.options.connection_settings.pkce = mode;
        sign_in(&upstream, &connection, &clock, &[])
            .await
            .unwrap_or_else(|error| panic!("{mode:?}: {error}"));
        let scene = provider.scenes().pop().unwrap();
        assert_eq!(asked(&scene, "code_challenge_method"), expected, "{mode:?}");
        assert!(asked(&scene, "nonce").is_some_and(|nonce| nonce.len() >= 43), "{mode:?}");
        upstream.forget(&connection.id);
    }
}

#[actix_web::test]
async fn userinfo_is_asked_only_where_the_connection_needs_it() {
    let (clock, upstream) = (Clock::default(), upstream());
    let provider = FakeProvider::start(&clock);
    let mut connection = provider.connection("acme", Channel::BackChannel);
    for (call, template, expected) in [
        (CallUserInfo::WhenMapped, "${context.tokenset.email}", 0),
        (CallUserInfo::Never, "${context.userinfo.department}", 0),
        (CallUserInfo::WhenMapped, "${context.userinfo.department}", 1),
        (CallUserInfo::Always, "${context.tokenset.email}", 2),
    ] {
        connection.options.call_userinfo = call;
        connection.options.attribute_map.attributes = [("department".to_owned(), json!(template))].into();
        let arrival = sign_in(&upstream, &connection, &clock, &[]).await.unwrap();
        assert_eq!(provider.counts().userinfo(), expected, "{call:?} {template}");
        let told = arrival.userinfo.and_then(|userinfo| userinfo.get("department").cloned());
        let asked =
            call == CallUserInfo::Always || template.contains("userinfo") && call != CallUserInfo::Never;
        assert_eq!(told, asked.then(|| json!("Kitchen")), "{call:?} {template}");
    }
}
