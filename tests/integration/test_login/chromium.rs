//! The whole trip in a real Chromium, through the certified provider, which is another site: the hub is at localhost, the
//! provider at 127.0.0.1.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::chromium::Chromium;
use crate::support::databases::sqlite;
use crate::support::node::CertifiedProvider;
use crate::support::sign_in::{Stage, error_code};

/// A link to a test of a connection to `provider`, which no application may use.
async fn link(stage: &Stage, provider: &CertifiedProvider, client: &str) -> String {
    let connection = provider.connection(client, &stage.hub.clock);
    let path = format!("connections/{}/test", connection.id);
    stage.hub.hub.store.write(move |tx| tx.add_connection(&connection)).await.unwrap();
    stage.manage(Method::POST, &path, Value::Null).await.text_of("url")
}

/// Signs in at the provider, from the page with the button.
async fn test(browser: &Chromium, stage: &Stage, provider: &CertifiedProvider, link: &str) {
    browser.window.goto(link).await.unwrap();
    browser.click("#begin").await;
    browser.text_at(&provider.issuer).await;
    browser.fill("#login", "alice").await;
    browser.click("#submit").await;
    browser.arrive_at(&stage.hub.url("connections/")).await;
    browser.element("#outcome").await;
}

#[actix_web::test]
async fn chromium_tests_a_connection_in_both_channels_and_the_picture_shows_it() {
    let stage = Stage::on(sqlite()).await;
    let provider = CertifiedProvider::start(&stage.hub.url("login/callback"));
    let browser = Chromium::start().await;
    for client in ["post", "front"] {
        let link = link(&stage, &provider, client).await;
        test(&browser, &stage, &provider, &link).await;
        let text = browser.text_at(&stage.hub.url("connections/")).await;
        assert!(text.contains("works") && text.contains("alice@acme.example"), "{text}");
        let drawn = browser.value("document.querySelectorAll('.sequence use').length").await;
        let listed = browser.value("document.querySelectorAll('.step.is-check').length").await;
        assert!(drawn == listed && drawn.as_u64().unwrap() > 10, "{drawn} of {listed} checks");
        let named = browser.value("document.querySelector('.sequence title').textContent").await;
        assert_eq!(named, json!(format!("Sequence of the test of {client}")));
        // The link is used up for everybody else, and leads here in this browser.
        assert_eq!(error_code(&Browser::new().open(&link).await), "test-link-used");
        browser.window.goto(&link).await.unwrap();
        browser.arrive_at(&stage.hub.url(&format!("connections/{client}/tests/"))).await;
    }
    assert_eq!(stage.count("sessions") + stage.count("grants"), 0);
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}

#[actix_web::test]
async fn a_test_needs_no_script() {
    let stage = Stage::on(sqlite()).await;
    let provider = CertifiedProvider::start(&stage.hub.url("login/callback"));
    let link = link(&stage, &provider, "post").await;
    let browser = Chromium::start_as("en", false).await;
    test(&browser, &stage, &provider, &link).await;
    assert!(browser.element(".sequence").await.is_displayed().await.unwrap());
    assert!(browser.element("#claims").await.is_displayed().await.unwrap());
    browser.close().await;
}
