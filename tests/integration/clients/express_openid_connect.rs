//! express-openid-connect as application, by query and by form post, over http and over https.

use serde_json::{Value, json};
use vestibule::domain::connection::Channel;

use crate::support::application::connect;
use crate::support::browser::Browser;
use crate::support::certificates::Certificates;
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::FakeProvider;
use crate::support::hub::TestHub;
use crate::support::node::Node;

/// Signs in to the application that `node` is, and gives what it knows of the person.
async fn sign_in(hub: &TestHub, node: &mut Node, mut browser: Browser, authorization: Value) -> Value {
    let base_url = node.next()["base_url"].as_str().unwrap().to_owned();
    let made = hub.client(json!({"name": "Express", "callbacks": [format!("{base_url}/callback")]})).await;
    let provider = FakeProvider::start(&hub.clock);
    connect(hub, provider.connection("acme", Channel::BackChannel), &[&made.client_id]).await;
    node.tell(&json!({
        "issuer": hub.issuer,
        "client_id": made.client_id,
        "client_secret": made.secret,
        "authorization": authorization,
    }));
    assert_eq!(node.next(), json!({"ready": true}));
    let page = browser.walk(&format!("{base_url}/me"), &[]).await;
    serde_json::from_str(&page.text).unwrap_or_else(|_| panic!("{page:?}"))
}

#[actix_web::test]
async fn express_openid_connect_signs_in_by_query() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let mut app = Node::start("express_app.mjs", &json!({"host": "localhost"}));
        let person = sign_in(&hub, &mut app, Browser::new(), json!({})).await;
        assert_eq!(person["sub"], "oidc|acme|alice");
        assert_eq!(person["email"], "alice@acme.example");
        hub.stop().await;
    }
}

#[actix_web::test]
async fn express_openid_connect_signs_in_by_form_post_on_the_same_site() {
    let hub = TestHub::start(sqlite()).await;
    let mut app = Node::start("express_app.mjs", &json!({"host": "localhost"}));
    let person = sign_in(&hub, &mut app, Browser::new(), json!({"response_mode": "form_post"})).await;
    assert_eq!(person["sub"], "oidc|acme|alice");
    hub.stop().await;
}

#[actix_web::test]
async fn express_openid_connect_signs_in_by_form_post_from_another_site_over_https() {
    let certificates = Certificates::generate();
    let hub = TestHub::start_with(sqlite(), "https", &certificates.settings()).await;
    let settings = json!({"host": "127.0.0.1", "tls": certificates.for_node()});
    let mut app = Node::trusting("express_app.mjs", &settings, Some(&certificates.authority));
    let browser = Browser::trusting(&[&certificates.authority_pem]);
    let person = sign_in(&hub, &mut app, browser, json!({"response_mode": "form_post"})).await;
    assert_eq!(person["sub"], "oidc|acme|alice");
    hub.stop().await;
}
