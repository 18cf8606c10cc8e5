//! @auth0/auth0-spa-js, the library of single-page applications, in Chromium: it signs in, renews without the
//! person noticing, and signs out.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::certificates::Certificates;
use crate::support::chromium::Chromium;
use crate::support::databases::{TestDatabase, each_database, sqlite};
use crate::support::hub::TestHub;
use crate::support::node::Node;
use crate::support::sign_in::{EMAIL, PASSWORD};

/// A single-page application, a person, and a browser at the application's page.
struct Page {
    hub: TestHub,
    user_id: String,
    base_url: String,
    chromium: Chromium,
    _server: Node,
}

impl Page {
    /// The application's library has `options`, and asks for `scope`.
    async fn open(database: TestDatabase, scope: &str, options: Value) -> Self {
        let hub = TestHub::start(database).await;
        let server = Node::start("auth0_spa_js/server.mjs", &json!({"host": "localhost"}));
        Self::open_at(hub, server, scope, options, Chromium::start().await).await
    }

    async fn open_at(
        hub: TestHub,
        mut server: Node,
        scope: &str,
        options: Value,
        chromium: Chromium,
    ) -> Self {
        let base_url = server.next()["base_url"].as_str().unwrap().to_owned();
        let app = hub
            .client(json!({
                "name": "Single-page application",
                "app_type": "spa",
                "token_endpoint_auth_method": "none",
                "grant_types": ["authorization_code", "refresh_token"],
                "callbacks": [format!("{base_url}/")],
                "allowed_logout_urls": [format!("{base_url}/")],
                "allowed_origins": [base_url],
                "web_origins": [base_url],
            }))
            .await;
        hub.connection(json!({"name": "people", "strategy": "local", "enabled_clients": [app.client_id]}))
            .await;
        let person = json!({"connection": "people", "email": EMAIL, "password": PASSWORD});
        let user_id = hub.person(person).await;
        server.tell(&json!({
            // Without its slash, as people write it.
            "domain": hub.issuer.trim_end_matches('/'),
            "clientId": app.client_id,
            "scope": scope,
            "options": options,
        }));
        assert_eq!(server.next(), json!({"ready": true}));
        let page = Self { hub, user_id, base_url, chromium, _server: server };
        page.reload().await;
        page
    }

    async fn reload(&self) {
        self.chromium.window.goto(&format!("{}/", self.base_url)).await.unwrap();
        self.chromium.element("#loaded").await;
    }

    /// What the last step gave, once there are `steps` of them.
    async fn step(&self, steps: usize) -> Value {
        let line = self.chromium.element(&format!("#steps li:nth-child({steps})")).await;
        serde_json::from_str(&line.text().await.unwrap()).unwrap()
    }

    /// Whom the library takes for signed in.
    async fn user(&self) -> Value {
        let text = self.chromium.element("#loaded #state").await.text().await.unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["user"].clone()
    }

    /// Signs in by leaving the page and coming back.
    async fn sign_in(&self) {
        self.chromium.click("#login").await;
        self.chromium.text_at(&self.hub.url("login/")).await;
        self.type_password().await;
        self.chromium.arrive_at(&self.base_url).await;
        assert_eq!(self.step(1).await, json!({"ok": true}));
        let user = self.user().await;
        assert_eq!(user["sub"], self.user_id.as_str(), "{user}");
        assert_eq!(user["email"], EMAIL, "{user}");
    }

    async fn type_password(&self) {
        self.chromium.fill("#email", EMAIL).await;
        self.chromium.click("#continue").await;
        self.chromium.fill("#password", PASSWORD).await;
        self.chromium.click("#sign-in").await;
    }

    /// Renews and gives what came: it has to be another access token than `before`.
    async fn renew(&self, steps: usize, before: &str) -> Value {
        self.chromium.click("#renew").await;
        let renewed = self.step(steps).await;
        assert_eq!(renewed["ok"], true, "{renewed}");
        assert_ne!(renewed["access_token"], before, "the same access token");
        assert_eq!(self.user().await["sub"], self.user_id.as_str());
        renewed
    }

    /// Signs out by leaving the page and coming back.
    async fn sign_out(&self) {
        self.chromium.click("#logout").await;
        // The page that came back has done nothing yet; the one that left had signed in.
        self.chromium.element("#loaded #steps:empty").await;
        assert_eq!(self.user().await, Value::Null);
    }

    async fn close(self) {
        self.chromium.close().await;
        self.hub.stop().await;
    }
}

const SCOPE: &str = "openid profile email";

#[actix_web::test]
async fn spa_js_signs_in_and_renews_with_refresh_tokens_that_rotate() {
    for database in each_database() {
        let options = json!({"useRefreshTokens": true, "cacheLocation": "localstorage"});
        let page = Page::open(database, SCOPE, options).await;
        page.sign_in().await;
        let mut access_token = String::new();
        for steps in 2..5 {
            let renewed = page.renew(steps, &access_token).await;
            access_token = renewed["access_token"].as_str().unwrap().to_owned();
            assert_eq!(renewed["iframes"], 0, "renewed by an iframe");
            let [before, after] = [0, 1].map(|turn| renewed["refresh_tokens"][turn].clone());
            assert_eq!(after.as_array().map(Vec::len), Some(1), "{renewed}");
            assert_ne!(before, after, "the refresh token did not rotate");
        }
        page.reload().await;
        assert_eq!(page.user().await["email"], EMAIL);
        page.renew(1, &access_token).await;
        page.close().await;
    }
}

#[actix_web::test]
async fn spa_js_renews_with_refresh_tokens_that_its_worker_keeps() {
    let page = Page::open(sqlite(), SCOPE, json!({"useRefreshTokens": true})).await;
    page.sign_in().await;
    let mut access_token = String::new();
    for steps in 2..4 {
        let renewed = page.renew(steps, &access_token).await;
        access_token = renewed["access_token"].as_str().unwrap().to_owned();
        assert_eq!(renewed["iframes"], 0, "renewed by an iframe");
    }
    page.close().await;
}

#[actix_web::test]
async fn spa_js_renews_silently_in_an_iframe() {
    for database in each_database() {
        let page = Page::open(database, SCOPE, json!({})).await;
        page.sign_in().await;
        let first = page.renew(2, "").await;
        assert_eq!(first["iframes"], 1, "not renewed by an iframe");
        // A page that forgot everything finds the session again.
        page.reload().await;
        assert_eq!(page.user().await, Value::Null);
        page.renew(1, first["access_token"].as_str().unwrap()).await;
        page.close().await;
    }
}

#[actix_web::test]
async fn spa_js_signs_out_and_finds_nobody_afterwards() {
    let page = Page::open(sqlite(), SCOPE, json!({})).await;
    page.sign_in().await;
    page.sign_out().await;
    page.chromium.click("#renew").await;
    let refused = page.step(1).await;
    assert_eq!(refused["error"], "login_required", "{refused}");
    page.close().await;
}

/// Signs in over https, the application on another site than the hub, and tries to renew. Chromium has
/// `preferences`.
async fn renew_from_another_site(options: Value, preferences: Value) -> Value {
    let certificates = Certificates::generate();
    let hub = TestHub::start_with(sqlite(), "https", &certificates.settings()).await;
    let settings = json!({"host": "127.0.0.1", "tls": certificates.for_node()});
    let server = Node::start("auth0_spa_js/server.mjs", &settings);
    let chromium = Chromium::start_with(json!({"prefs": preferences})).await;
    let page = Page::open_at(hub, server, SCOPE, options, chromium).await;
    page.sign_in().await;
    page.chromium.click("#renew").await;
    let renewed = page.step(2).await;
    page.close().await;
    renewed
}

/// What Chromium calls allowing and blocking the cookies of other sites.
const ALLOWED: i64 = 0;
const BLOCKED: i64 = 1;

#[actix_web::test]
async fn spa_js_renews_silently_from_another_site_where_the_browser_lets_cookies_go_there() {
    let preferences = json!({"profile.cookie_controls_mode": ALLOWED});
    let renewed = renew_from_another_site(json!({}), preferences).await;
    assert_eq!((&renewed["ok"], &renewed["iframes"]), (&json!(true), &json!(1)), "{renewed}");
}

#[actix_web::test]
async fn spa_js_renews_from_another_site_with_refresh_tokens_alone_where_the_browser_does_not() {
    let preferences =
        json!({"profile.cookie_controls_mode": BLOCKED, "profile.block_third_party_cookies": true});
    let refused = renew_from_another_site(json!({}), preferences.clone()).await;
    assert_eq!(refused["error"], "login_required", "{refused}");
    let renewed = renew_from_another_site(json!({"useRefreshTokens": true}), preferences).await;
    assert_eq!((&renewed["ok"], &renewed["iframes"]), (&json!(true), &json!(0)), "{renewed}");
}

#[actix_web::test]
async fn spa_js_signs_in_in_a_window_of_its_own() {
    let page = Page::open(sqlite(), SCOPE, json!({})).await;
    let window = &page.chromium.window;
    let own = window.window().await.unwrap();
    page.chromium.click("#login-popup").await;
    let mut popup = None;
    for _ in 0..400 {
        popup = window.windows().await.unwrap().into_iter().find(|other| *other != own);
        if popup.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let popup = popup.expect("no window came");
    window.switch_to_window(popup).await.unwrap();
    page.chromium.text_at(&page.hub.url("login/")).await;
    page.type_password().await;
    window.switch_to_window(own).await.unwrap();
    assert_eq!(page.step(1).await, json!({"ok": true}));
    assert_eq!(page.user().await["sub"], page.user_id.as_str());
    page.close().await;
}
