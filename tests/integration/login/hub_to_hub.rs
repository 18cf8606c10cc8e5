//! A hub signs people in through another hub, of which it knows the issuer and a client id and nothing else.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::connection::Channel;

use crate::support::application::{Application, CALLBACK, browser, connect, unverified_claims};
use crate::support::browser::Browser;
use crate::support::chromium::Chromium;
use crate::support::databases::{TestDatabase, each_database, sqlite};
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::hub::{TestHub, reqwest_client};

const CHANNELS: [Channel; 2] = [Channel::BackChannel, Channel::FrontChannel];
/// What the provider at the end says of alice beside what everybody says.
const ALICE: Behaviour = Behaviour {
    id_token: Some(|token, _| {
        token.set("acr", "urn:acme:gold");
        token.set("amr", json!(["pwd", "otp"]));
        token.set("groups", json!(["staff", "engineering"]));
        token.set("sid", "at the provider");
    }),
    ..Behaviour::HONEST
};

/// Registers the hub `here` at the hub `there`, as an application without a secret; its client id.
async fn register(here: &TestHub, there: &TestHub, channel: Channel, connection: &str) -> String {
    let notices = here.url(&format!("oauth/backchannel-logout/connection/{connection}"));
    let mut body = json!({
        "name": "Another hub",
        "token_endpoint_auth_method": "none",
        "callbacks": [here.url("login/callback")],
        "allowed_logout_urls": [here.url("logout/callback")],
        "oidc_logout": {"backchannel_logout_urls": [notices]},
        "profile_claims": ["groups"],
    });
    if channel == Channel::FrontChannel {
        body["response_types"] = json!(["id_token"]);
        body["grant_types"] = json!(["implicit"]);
    }
    there.client(body).await.client_id
}

/// A connection to the hub `there` by issuer and client id alone, for `clients`; its body.
fn connection(name: &str, there: &TestHub, client_id: &str, channel: Channel, clients: &[&str]) -> Value {
    let mut options = json!({"issuer": there.issuer, "client_id": client_id});
    if channel == Channel::FrontChannel {
        options["type"] = json!(channel);
    }
    json!({"name": name, "strategy": "oidc", "enabled_clients": clients, "options": options})
}

/// A call of the Management API.
async fn manage(hub: &TestHub, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let request = reqwest_client()
        .request(method, hub.url(&format!("api/v2/{path}")))
        .header("authorization", format!("Bearer {}", hub.management_token().await))
        .header("content-type", "application/json")
        .body(body.to_string());
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
}

/// The hub `there` becomes the connection `name` of the hub `here`, by the Management API; the connection's id.
async fn federate(
    here: &TestHub,
    there: &TestHub,
    name: &str,
    channel: Channel,
    clients: &[&str],
) -> (String, String) {
    let client_id = register(here, there, channel, name).await;
    let body = connection(name, there, &client_id, channel, clients);
    let (status, made) = manage(here, Method::POST, "connections", &body).await;
    assert_eq!(status, 201, "{made}");
    (made["id"].as_str().unwrap().to_owned(), client_id)
}

/// A hub whose people come from the provider `root`, with their groups.
async fn hub_before(provider: &FakeProvider, database: TestDatabase) -> TestHub {
    let hub = TestHub::start(database).await;
    provider.behave(ALICE);
    let mut connection = provider.connection("root", Channel::BackChannel);
    connection.options.groups_claim = Some("groups".into());
    connect(&hub, connection, &[]).await;
    hub
}

/// Lets the application `client_id` use the connection `root`.
async fn open_root(hub: &TestHub, client_id: &str) {
    let found = hub.hub.directory.connection_named("root").await.unwrap().unwrap();
    let clients = json!([{"client_id": client_id, "status": true}]);
    let (status, answer) =
        manage(hub, Method::PATCH, &format!("connections/{}/clients", found.id), &clients).await;
    assert!(status < 300, "{answer}");
}

#[actix_web::test]
async fn issuer_and_client_id_alone_sign_people_in_by_both_channels() {
    for database in each_database() {
        let here = TestHub::start(database).await;
        let provider = FakeProvider::start(&here.clock);
        let there = hub_before(&provider, sqlite()).await;
        let app = Application::register(&here).await;
        for channel in CHANNELS {
            let name = if channel == Channel::BackChannel { "back" } else { "front" };
            let (id, client_id) = federate(&here, &there, name, channel, &[&app.client_id]).await;
            open_root(&there, &client_id).await;
            let body = connection("dry-run", &there, &client_id, channel, &[]);
            let (status, told) = manage(&here, Method::POST, "connections/check", &body).await;
            assert_eq!((status, told["state"].as_str()), (200, Some("ready")), "{told:#}");
            let (_, groups) =
                here.patch_connection(&id, json!({"options": {"groups_claim": "groups"}})).await;
            assert_eq!(groups["options"]["token_endpoint_auth_method"], "none");

            let mut browser = browser();
            let asked = app.ask(&[
                ("connection", name),
                ("acr_values", "urn:acme:gold"),
                ("login_hint", "alice@x.example"),
            ]);
            let page = browser.walk(&asked.url, &[]).await;
            let claims = asked.claims_in(&app, &page).await;
            assert_eq!(claims["iss"], here.issuer.as_str());
            assert_eq!(claims["sub"], format!("oidc|{name}|oidc|root|alice"));
            assert_eq!(claims["email"], "alice@acme.example");
            assert_eq!(claims["acr"], "urn:acme:gold");
            assert_eq!(claims["amr"], json!(["pwd", "otp"]));
            assert_eq!(claims["connection"], name);
            let wished = provider.scenes().pop().unwrap().request;
            for wish in [("acr_values", "urn:acme:gold"), ("login_hint", "alice@x.example")] {
                assert!(
                    wished.iter().any(|(key, value)| (key.as_str(), value.as_str()) == wish),
                    "{wished:?}"
                );
            }
            let user_id = claims["sub"].as_str().unwrap().to_owned();
            let user = here.hub.store.read(move |tx| tx.find_user(&user_id)).await.unwrap().unwrap();
            assert_eq!(user.profile["groups"], json!(["staff", "engineering"]));
            // Both hubs know a session of their own, and only the nearer one's is told to the application.
            assert_ne!(claims["sid"], "at the provider");
            let log = app.log_about(&here.hub.directory.connection(&id).await.unwrap().unwrap()).await;
            assert!(log.iter().any(|entry| entry.log_type == "s"), "{log:#?}");
        }
        here.stop().await;
        there.stop().await;
    }
}

#[actix_web::test]
async fn the_preset_takes_issuer_and_client_id_alone() {
    let (here, there) = (TestHub::start(sqlite()).await, TestHub::start(sqlite()).await);
    let provider = FakeProvider::start(&here.clock);
    let root = provider.connection("root", Channel::BackChannel);
    connect(&there, root, &[]).await;
    let app = Application::register(&here).await;
    for (name, channel) in [("back", CHANNELS[0]), ("front", CHANNELS[1])] {
        let client_id = register(&here, &there, channel, name).await;
        open_root(&there, &client_id).await;
        let options = json!({
            "type": channel, "preset": "vestibule", "preset_fields": {"issuer_url": there.issuer},
            "client_id": client_id,
        });
        let body =
            json!({"name": name, "strategy": "oidc", "enabled_clients": [app.client_id], "options": options});
        let (status, made) = manage(&here, Method::POST, "connections", &body).await;
        assert_eq!(status, 201, "{made}");
        let asked = app.ask(&[("connection", name)]);
        let page = browser().walk(&asked.url, &[]).await;
        assert_eq!(asked.claims_in(&app, &page).await["sub"], format!("oidc|{name}|oidc|root|alice"));
    }
    here.stop().await;
    there.stop().await;
}

#[actix_web::test]
async fn a_hub_of_a_hub_of_a_hub_signs_people_in() {
    for database in each_database() {
        let third = TestHub::start(database).await;
        let provider = FakeProvider::start(&third.clock);
        let first = hub_before(&provider, sqlite()).await;
        let second = TestHub::start(sqlite()).await;
        let app = Application::register(&third).await;
        let (_, of_second) = federate(&third, &second, "second", CHANNELS[0], &[&app.client_id]).await;
        let (_, of_first) = federate(&second, &first, "first", CHANNELS[1], &[&of_second]).await;
        open_root(&first, &of_first).await;
        let asked = app.ask(&[]);
        let page = browser().walk(&asked.url, &[]).await;
        let claims = asked.claims_in(&app, &page).await;
        assert_eq!(claims["sub"], "oidc|second|oidc|first|oidc|root|alice");
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("urn:acme:gold"), &json!(["pwd", "otp"])));
        assert_eq!(claims["email"], "alice@acme.example");
        for hub in [first, second, third] {
            hub.stop().await;
        }
    }
}

/// Whether `browser` has a session at the hub of `app`.
async fn has_session(app: &Application<'_>, browser: &Browser) -> bool {
    let asked = app.ask(&[("prompt", "none")]);
    let page = browser.clone().open(&asked.url).await;
    match page.answered("code") {
        Some(_) => true,
        None => {
            assert_eq!(asked.error_in(app.hub, &page).unwrap(), "login_required");
            false
        }
    }
}

/// Two hubs, an application at each, and somebody who signed in at the nearer one through the other, by `channel`.
struct Chain {
    here: TestHub,
    there: TestHub,
    _provider: FakeProvider,
}

impl Chain {
    async fn start(database: TestDatabase) -> Self {
        let here = TestHub::start(database).await;
        let provider = FakeProvider::start(&here.clock);
        let there = hub_before(&provider, sqlite()).await;
        Self { here, there, _provider: provider }
    }

    /// Applications here and there. The one here signs people in through the other hub.
    async fn applications(&self, channel: Channel) -> (Application<'_>, Application<'_>) {
        let (at_here, at_there) =
            (Application::register(&self.here).await, Application::register(&self.there).await);
        let name = if channel == Channel::BackChannel { "back" } else { "front" };
        let (_, client_id) = federate(&self.here, &self.there, name, channel, &[&at_here.client_id]).await;
        open_root(&self.there, &client_id).await;
        open_root(&self.there, &at_there.client_id).await;
        (at_here, at_there)
    }

    async fn stop(self) {
        self.here.stop().await;
        self.there.stop().await;
    }
}

#[actix_web::test]
async fn federated_sign_out_ends_the_sessions_of_both_hubs_and_comes_back() {
    for database in each_database() {
        let chain = Chain::start(database).await;
        for channel in CHANNELS {
            let (at_here, at_there) = chain.applications(channel).await;
            let signed_out = json!({"allowed_logout_urls": ["http://127.0.0.1:1/signed-out"]});
            let path = format!("clients/{}", at_here.client_id);
            assert_eq!(manage(&chain.here, Method::PATCH, &path, &signed_out).await.0, 200);
            let mut browser = browser();
            let asked = at_here.ask(&[]);
            let page = browser.walk(&asked.url, &[]).await;
            let code = asked.code_in(&chain.here, &page);
            let (_, tokens) = asked.redeem(&at_here, &code).await;
            assert!(has_session(&at_here, &browser).await && has_session(&at_there, &browser).await);
            browser.stop_at = Some("http://127.0.0.1:1/signed-out".into());
            let leave = format!(
                "oidc/logout?federated&id_token_hint={}&post_logout_redirect_uri=http://127.0.0.1:1/signed-out&state=s",
                tokens["id_token"].as_str().unwrap()
            );
            let page = browser.open(&chain.here.url(&leave)).await;
            assert!(page.url.as_str().starts_with(&chain.there.issuer), "the other hub asks: {page:?}");
            let page = browser.walk_on(page, &[]).await;
            assert!(page.stopped && page.url.as_str().ends_with("/signed-out?state=s"), "{page:?}");
            browser.stop_at = Some(CALLBACK.into());
            assert!(!has_session(&at_here, &browser).await && !has_session(&at_there, &browser).await);
        }
        chain.stop().await;
    }
}

#[actix_web::test]
async fn who_signs_out_at_the_other_hub_is_signed_out_here_by_its_notice() {
    for database in each_database() {
        let chain = Chain::start(database).await;
        for channel in CHANNELS {
            let (at_here, at_there) = chain.applications(channel).await;
            let mut browser = browser();
            let asked = at_here.ask(&[]);
            asked.code_in(&chain.here, &browser.walk(&asked.url, &[]).await);
            let asked = at_there.ask(&[("prompt", "none")]);
            let page = browser.open(&asked.url).await;
            let code = asked.code_in(&chain.there, &page);
            let (_, tokens) = asked.redeem(&at_there, &code).await;
            let hint = tokens["id_token"].as_str().unwrap();
            assert_eq!(unverified_claims(hint)["sub"], "oidc|root|alice");
            let mut elsewhere = crate::support::application::browser();
            let asked = at_here.ask(&[]);
            asked.code_in(&chain.here, &elsewhere.walk(&asked.url, &[]).await);
            browser.open(&chain.there.url(&format!("oidc/logout?id_token_hint={hint}"))).await;
            assert!(!has_session(&at_there, &browser).await);
            let mut looks = 0;
            while has_session(&at_here, &browser).await {
                looks += 1;
                assert!(looks < 200, "no notice came");
                actix_web::rt::time::sleep(std::time::Duration::from_millis(25)).await;
            }
            assert!(has_session(&at_here, &elsewhere).await, "the session of another browser stays");
        }
        chain.stop().await;
    }
}

#[actix_web::test]
async fn chromium_signs_in_through_another_hub_by_the_front_channel() {
    let (here, there) = (TestHub::start(sqlite()).await, TestHub::start(sqlite()).await);
    let app = Application::register(&here).await;
    let (_, client_id) = federate(&here, &there, "other", Channel::FrontChannel, &[&app.client_id]).await;
    there.connection(json!({"name": "people", "strategy": "local", "enabled_clients": [client_id]})).await;
    let user_id = there
        .person(json!({"connection": "people", "email": "ada@people.example", "email_verified": true,
                       "password": "correct horse battery staple", "name": "Ada Lovelace"}))
        .await;
    let asked = app.ask(&[]);
    let chromium = Chromium::start().await;
    chromium.window.goto(&asked.url).await.unwrap();
    chromium.text_at(&there.url("login/")).await;
    chromium.fill("#email", "ada@people.example").await;
    chromium.click("#continue").await;
    chromium.fill("#password", "correct horse battery staple").await;
    chromium.click("#sign-in").await;
    chromium.arrive_at(CALLBACK).await;
    let answer = chromium.window.current_url().await.unwrap();
    chromium.close().await;
    let code = answer.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let (status, tokens) = asked.redeem(&app, &code).await;
    assert_eq!(status, 200, "{tokens}");
    let claims = unverified_claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["sub"], format!("oidc|other|{user_id}"));
    assert_eq!(claims["name"], "Ada Lovelace");
    here.stop().await;
    there.stop().await;
}
