//! Keys that an application publishes at its `jwks_uri`: fetched when needed, again when it signs with a new one,
//! and never from the inside.

use serde_json::{Value, json};
use vestibule::domain::limits;

use super::{KNOWN, UNKNOWN, assertion, authenticate, signing_application};
use crate::support::databases::{each_database, sqlite};
use crate::support::documents::Documents;
use crate::support::hub::TestHub;
use crate::support::keys::{Signature, TestKey, Token};

fn publishing_application(url: &str) -> Value {
    let mut settings = signing_application();
    settings["jwks"] = json!(null);
    settings["jwks_uri"] = json!(url);
    settings
}

fn publish(documents: &Documents, keys: &[&TestKey]) {
    let keys: Vec<&Value> = keys.iter().map(|key| &key.jwk).collect();
    documents.put("/jwks", "application/jwk-set+json", &json!({"keys": keys}).to_string());
}

fn by_the_other_key(hub: &TestHub, client_id: &str) -> Token {
    let mut token = assertion(hub, client_id, None);
    token.header.insert("kid".into(), json!(TestKey::intruder().key_id()));
    token.signature = Signature::By(TestKey::intruder());
    token
}

#[actix_web::test]
async fn published_keys_are_fetched_once_and_again_for_a_key_not_seen_before() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let documents = Documents::start();
        publish(&documents, &[TestKey::honest()]);
        let app = hub.client(publishing_application(&documents.url("/jwks"))).await;
        for _ in 0..3 {
            let text = assertion(&hub, &app.client_id, None).write();
            assert_eq!(authenticate(&hub, &text).await.error(), KNOWN);
        }
        assert_eq!(documents.requests("/jwks"), 1);
        publish(&documents, &[TestKey::intruder()]);
        let text = by_the_other_key(&hub, &app.client_id).write();
        assert_eq!(authenticate(&hub, &text).await.error(), KNOWN, "fetched at once");
        assert_eq!(documents.requests("/jwks"), 2);
        // The key that was taken away no longer counts.
        let text = assertion(&hub, &app.client_id, None).write();
        assert_eq!(authenticate(&hub, &text).await.error(), UNKNOWN);
        hub.stop().await;
    }
}

/// Incident 26: a flood of unknown keys makes us fetch once per cool-down.
#[actix_web::test]
async fn a_flood_of_unknown_keys_fetches_once_per_cool_down() {
    let hub = TestHub::start(sqlite()).await;
    let documents = Documents::start();
    publish(&documents, &[TestKey::honest()]);
    let app = hub.client(publishing_application(&documents.url("/jwks"))).await;
    for _ in 0..20 {
        let text = by_the_other_key(&hub, &app.client_id).write();
        assert_eq!(authenticate(&hub, &text).await.error(), UNKNOWN);
    }
    assert_eq!(documents.requests("/jwks"), 2, "the first fetch, and one hurried one");
    hub.clock.advance(limits::KEY_REFETCH_COOLDOWN_SECONDS);
    publish(&documents, &[TestKey::honest(), TestKey::intruder()]);
    let text = by_the_other_key(&hub, &app.client_id).write();
    assert_eq!(authenticate(&hub, &text).await.error(), KNOWN);
    assert_eq!(documents.requests("/jwks"), 3);
    hub.stop().await;
}

#[actix_web::test]
async fn a_key_of_one_application_never_verifies_for_another() {
    let hub = TestHub::start(sqlite()).await;
    let documents = Documents::start();
    publish(&documents, &[TestKey::honest()]);
    documents.put("/other", "application/json", &json!({"keys": [TestKey::intruder().jwk]}).to_string());
    let app = hub.client(publishing_application(&documents.url("/jwks"))).await;
    let other = hub.client(publishing_application(&documents.url("/other"))).await;
    let own = assertion(&hub, &app.client_id, None).write();
    assert_eq!(authenticate(&hub, &own).await.error(), KNOWN);
    let foreign = assertion(&hub, &other.client_id, None).write();
    assert_eq!(authenticate(&hub, &foreign).await.error(), UNKNOWN);
    hub.stop().await;
}

#[actix_web::test]
async fn keys_that_cannot_be_fetched_prove_nobody_and_the_log_says_why() {
    let hub = TestHub::start(sqlite()).await;
    let documents = Documents::start();
    documents.put_raw(
        "/moved",
        "HTTP/1.1 302 Found\r\nlocation: /jwks\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into(),
    );
    documents.put("/page", "text/html", "<p>no keys</p>");
    documents.put("/large", "application/json", &" ".repeat(limits::OUTBOUND_DOCUMENT_BYTES + 1));
    publish(&documents, &[TestKey::honest()]);
    for (path, reason) in [
        ("/missing", "status 404"),
        ("/moved", "a redirect"),
        ("/page", "an HTML page"),
        ("/large", "larger"),
    ] {
        let app = hub.client(publishing_application(&documents.url(path))).await;
        let text = assertion(&hub, &app.client_id, None).write();
        assert_eq!(authenticate(&hub, &text).await.error(), UNKNOWN, "{path}");
        let log = hub.log().await;
        let last = &log.last().unwrap().description;
        assert!(last.contains(reason), "{path}: {last}");
    }
    assert_eq!(documents.requests("/jwks"), 0, "the redirect was not followed");
    hub.stop().await;
}

/// Incident 40 (CVE-2020-10770): an address of the inside is not asked.
#[actix_web::test]
async fn a_key_set_that_is_not_at_a_public_address_is_not_fetched() {
    let guarded = [("VESTIBULE_OUTBOUND_ALLOW", "192.0.2.0/24")];
    let hub = TestHub::start_with(sqlite(), "http", &guarded).await;
    let documents = Documents::start();
    publish(&documents, &[TestKey::honest()]);
    for url in [documents.url("/jwks"), documents.https_url("/jwks")] {
        let app = hub.client(publishing_application(&url)).await;
        let text = assertion(&hub, &app.client_id, None).write();
        assert_eq!(authenticate(&hub, &text).await.error(), UNKNOWN);
        let log = hub.log().await;
        assert!(log.last().unwrap().description.contains("outbound-address"), "{url}: {log:?}");
    }
    assert_eq!(documents.connections(), 0);
    hub.stop().await;
}
