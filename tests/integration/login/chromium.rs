//! The front channel in a real Chromium: the provider's `form_post` comes from another site, and the login's
//! cookie has to be on it (https), or come along by posting once more (http on localhost).

use std::path::Path;

use serde_json::{Value, json};

use crate::support::application::{Application, CALLBACK, connect};
use crate::support::certificates::Certificates;
use crate::support::chromium::Chromium;
use crate::support::databases::sqlite;
use crate::support::hub::TestHub;
use crate::support::node::{CertifiedProvider, Node};

/// Alice signs in to an express-openid-connect application through `hub` and the certified provider, which is
/// another site: the hub is at localhost, the provider at 127.0.0.1. Gives what the application knows of her.
async fn sign_in(hub: &TestHub, tls: &Value, authority: Option<&Path>, channel: &str) -> Value {
    let mut app = Node::trusting("express_app.mjs", &json!({"host": "localhost", "tls": tls}), authority);
    let base_url = app.next()["base_url"].as_str().unwrap().to_owned();
    let made = hub.client(json!({"name": "Express", "callbacks": [format!("{base_url}/callback")]})).await;
    let settings = json!({"redirect_uris": [hub.url("login/callback")], "tls": tls});
    let provider = CertifiedProvider::with(&settings);
    connect(hub, provider.connection(channel, &hub.clock), &[&made.client_id]).await;
    app.tell(&json!({
        "issuer": hub.issuer,
        "client_id": made.client_id,
        "client_secret": made.secret,
    }));
    app.next();

    let chromium = Chromium::start().await;
    chromium.window.goto(&format!("{base_url}/me")).await.unwrap();
    assert!(chromium.text_at(&provider.issuer).await.contains("Sign in to Acme"));
    chromium.fill("#login", "alice").await;
    chromium.click("#submit").await;
    let text = chromium.text_at(&format!("{base_url}/me")).await;
    chromium.close().await;
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
}

#[actix_web::test]
async fn chromium_signs_in_by_the_front_channel_over_http_on_localhost() {
    let hub = TestHub::start(sqlite()).await;
    let person = sign_in(&hub, &Value::Null, None, "front").await;
    assert_eq!(person["sub"], "oidc|front|alice");
    assert_eq!(person["email"], "alice@acme.example");
    hub.stop().await;
}

#[actix_web::test]
async fn chromium_signs_in_by_the_front_channel_over_https() {
    let certificates = Certificates::generate();
    let hub = TestHub::start_with(sqlite(), "https", &certificates.settings()).await;
    let person = sign_in(&hub, &certificates.for_node(), Some(&certificates.authority), "front").await;
    assert_eq!(person["sub"], "oidc|front|alice");
    hub.stop().await;
}

#[actix_web::test]
async fn chromium_signs_in_by_the_back_channel() {
    let hub = TestHub::start(sqlite()).await;
    let person = sign_in(&hub, &Value::Null, None, "post").await;
    assert_eq!(person["sub"], "oidc|post|alice");
    hub.stop().await;
}

/// Looks at the hub's login page, wide and narrow, and signs in by one of its buttons.
async fn sign_in_from_the_login_page(chromium: &Chromium, size: &str) {
    let hub = TestHub::start(sqlite()).await;
    let app = Application::register(&hub).await;
    let provider = CertifiedProvider::start(&hub.url("login/callback"));
    for name in ["post", "front"] {
        connect(&hub, provider.connection(name, &hub.clock), &[&app.client_id]).await;
    }
    let asked = app.ask(&[]);
    chromium.window.goto(&asked.url).await.unwrap();
    let text = chromium.text_at(&hub.url("login/")).await;
    assert!(text.contains("post") && text.contains("front"), "{text}");
    assert!(!chromium.scrolls_sideways().await, "{size}");
    chromium.screenshot(&format!("login-{size}")).await;
    chromium.click("#connection-front").await;
    chromium.text_at(&provider.issuer).await;
    chromium.fill("#login", "bob").await;
    chromium.click("#submit").await;
    chromium.arrive_at(CALLBACK).await;
    hub.stop().await;
}

#[actix_web::test]
async fn the_login_page_fits_its_window_and_leads_to_the_provider() {
    let chromium = Chromium::start().await;
    sign_in_from_the_login_page(&chromium, "1280").await;
    chromium.close().await;
}

#[actix_web::test]
async fn the_login_page_fits_320_pixels_and_leads_to_the_provider() {
    let chromium = Chromium::start_narrow().await;
    sign_in_from_the_login_page(&chromium, "320").await;
    chromium.close().await;
}
