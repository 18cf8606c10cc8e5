//! express-openid-connect as application, in every way it is configured: by query and by form post, implicit and
//! hybrid, with secrets and with keys, with pushed and with signed requests.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use vestibule::domain::connection::Channel;

use crate::support::application::connect;
use crate::support::browser::Browser;
use crate::support::certificates::Certificates;
use crate::support::databases::{TestDatabase, each_database, sqlite};
use crate::support::fake_provider::FakeProvider;
use crate::support::hub::TestHub;
use crate::support::node::Node;

/// The application, a hub in front of one provider, and a browser.
struct App {
    hub: TestHub,
    provider: FakeProvider,
    base_url: String,
    browser: Browser,
    _node: Node,
}

impl App {
    /// The application is registered with `registration`, and its library configured by `told`.
    async fn start(database: TestDatabase, registration: Value, told: Value) -> Self {
        let node = Node::start("express_app.mjs", &json!({"host": "localhost"}));
        Self::of(TestHub::start(database).await, node, Browser::new(), registration, told).await
    }

    async fn of(
        hub: TestHub,
        mut node: Node,
        browser: Browser,
        mut registration: Value,
        mut told: Value,
    ) -> Self {
        let said = node.next();
        let base_url = said["base_url"].as_str().unwrap().to_owned();
        registration["name"] = json!("Express");
        registration["callbacks"] = json!([format!("{base_url}/callback")]);
        // As the library sends it: without a slash.
        registration["allowed_logout_urls"] = json!([base_url]);
        if registration["jwks"] == true {
            registration["jwks"] = said["jwks"].clone();
        }
        if told["hears_of_logout"] == true {
            registration["backchannel_logout_uri"] = json!(format!("{base_url}/backchannel-logout"));
        }
        let made = hub.client(registration).await;
        let provider = FakeProvider::start(&hub.clock);
        connect(&hub, provider.connection("acme", Channel::BackChannel), &[&made.client_id]).await;
        told["issuer"] = json!(hub.issuer);
        told["client_id"] = json!(made.client_id);
        if !made.secret.is_empty() {
            told["client_secret"] = json!(made.secret);
        }
        node.tell(&told);
        assert_eq!(node.next(), json!({"ready": true}));
        Self { hub, provider, base_url, browser, _node: node }
    }

    /// The JSON that the application shows at `path`, once nothing is asked any more.
    async fn shows(&mut self, path: &str) -> Value {
        let page = self.browser.walk(&format!("{}{path}", self.base_url), &[]).await;
        serde_json::from_str(&page.text).unwrap_or_else(|_| panic!("{page:?}"))
    }

    async fn signs_in(&mut self) {
        let person = self.shows("/me").await;
        assert_eq!(person["sub"], "oidc|acme|alice", "{person}");
        assert_eq!(person["email"], "alice@acme.example", "{person}");
    }

    /// The authorization requests that went through the browser.
    fn asked(&self) -> Vec<&str> {
        let authorize = self.hub.url("authorize?");
        let visited = self.browser.visited.iter().map(String::as_str);
        visited.filter(|url| url.starts_with(&authorize)).collect()
    }
}

#[actix_web::test]
async fn express_openid_connect_signs_in_by_query() {
    for database in each_database() {
        let mut app = App::start(database, json!({}), json!({})).await;
        app.signs_in().await;
        app.hub.stop().await;
    }
}

#[actix_web::test]
async fn express_openid_connect_signs_in_by_form_post_on_the_same_site() {
    let told = json!({"authorization": {"response_mode": "form_post"}});
    let mut app = App::start(sqlite(), json!({}), told).await;
    app.signs_in().await;
    app.hub.stop().await;
}

/// Signs in over https, the application on another site than the hub.
async fn sign_in_from_another_site(registration: Value, told: Value) {
    let certificates = Certificates::generate();
    let hub = TestHub::start_with(sqlite(), "https", &certificates.settings()).await;
    let settings = json!({"host": "127.0.0.1", "tls": certificates.for_node()});
    let authority: &Path = &certificates.authority;
    let node = Node::trusting("express_app.mjs", &settings, Some(authority));
    let browser = Browser::trusting(&[&certificates.authority_pem]);
    let mut app = App::of(hub, node, browser, registration, told).await;
    app.signs_in().await;
    app.hub.stop().await;
}

#[actix_web::test]
async fn express_openid_connect_signs_in_by_form_post_from_another_site_over_https() {
    sign_in_from_another_site(json!({}), json!({"authorization": {"response_mode": "form_post"}})).await;
}

/// What the library does unless it is told otherwise: an ID token by form post, and no secret.
#[actix_web::test]
async fn express_openid_connect_signs_in_by_the_implicit_flow_over_https() {
    let registration = json!({
        "response_types": ["id_token"], "grant_types": ["implicit"], "token_endpoint_auth_method": "none",
    });
    let authorization = json!({"response_type": "id_token", "response_mode": "form_post"});
    let told = json!({"authorization": authorization, "options": {"clientAuthMethod": "none"}});
    sign_in_from_another_site(registration, told).await;
}

#[actix_web::test]
async fn express_openid_connect_signs_in_by_the_hybrid_flow_over_https() {
    let registration = json!({
        "response_types": ["code id_token"], "grant_types": ["authorization_code", "implicit"],
        "token_endpoint_auth_method": "client_secret_basic",
    });
    let authorization = json!({"response_type": "code id_token", "response_mode": "form_post"});
    let told =
        json!({"authorization": authorization, "options": {"clientAuthMethod": "client_secret_basic"}});
    sign_in_from_another_site(registration, told).await;
}

#[actix_web::test]
async fn express_openid_connect_signs_in_with_an_assertion_made_of_its_secret() {
    let registration = json!({"token_endpoint_auth_method": "client_secret_jwt"});
    let told = json!({"options": {"clientAuthMethod": "client_secret_jwt"}});
    let mut app = App::start(sqlite(), registration, told).await;
    app.signs_in().await;
    app.hub.stop().await;
}

#[actix_web::test]
async fn express_openid_connect_signs_in_with_pushed_requests_and_a_key_of_its_own() {
    for database in each_database() {
        let registration = json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks": true,
            "require_pushed_authorization_requests": true,
        });
        let options = json!({"clientAuthMethod": "private_key_jwt", "pushedAuthorizationRequests": true});
        let mut app = App::start(database, registration, json!({"options": options})).await;
        app.signs_in().await;
        let asked = app.asked();
        assert!(
            asked.iter().all(|url| url.contains("request_uri=urn") && !url.contains("nonce")),
            "{asked:?}"
        );
        app.hub.stop().await;
    }
}

#[actix_web::test]
async fn express_openid_connect_signs_in_with_signed_requests() {
    let registration = json!({
        "token_endpoint_auth_method": "private_key_jwt", "jwks": true, "require_signed_request_object": true,
    });
    let told = json!({"options": {"clientAuthMethod": "private_key_jwt"}, "signs_requests": true});
    let mut app = App::start(sqlite(), registration, told).await;
    app.signs_in().await;
    let asked = app.asked();
    assert!(asked.iter().all(|url| url.contains("request=ey") && !url.contains("nonce")), "{asked:?}");
    app.hub.stop().await;
}

#[actix_web::test]
async fn express_openid_connect_refreshes() {
    for database in each_database() {
        let told = json!({"authorization": {"scope": "openid profile email offline_access"}});
        let mut app = App::start(database, json!({}), told).await;
        app.signs_in().await;
        for _ in 0..2 {
            let renewed = app.shows("/renew").await;
            assert_eq!(renewed["user"]["email"], "alice@acme.example", "{renewed}");
            assert_eq!(renewed["rotated"], true, "{renewed}");
            assert_eq!(renewed["another_access_token"], true, "{renewed}");
        }
        app.hub.stop().await;
    }
}

#[actix_web::test]
async fn express_openid_connect_signs_out_here_and_at_the_hub() {
    let mut app = App::start(sqlite(), json!({}), json!({})).await;
    app.signs_in().await;
    assert_eq!(app.provider.counts().authorize(), 1);
    let page = app.browser.walk(&format!("{}/logout", app.base_url), &[]).await;
    assert_eq!(page.url.as_str(), format!("{}/", app.base_url), "{page:?}");
    app.signs_in().await;
    assert_eq!(app.provider.counts().authorize(), 2, "the hub still knew the person");
    app.hub.stop().await;
}

/// The browser signs out at the hub, not at the application, which learns of it from the hub.
#[actix_web::test]
async fn express_openid_connect_hears_that_the_person_signed_out_at_the_hub() {
    for database in each_database() {
        let mut app = App::start(database, json!({}), json!({"hears_of_logout": true})).await;
        app.signs_in().await;
        app.signs_in().await;
        assert_eq!(app.asked().len(), 1, "the application has a session of its own");
        let page = app.browser.open(&app.hub.url("v2/logout")).await;
        assert_eq!(page.status, 200);
        let told = async {
            while !app
                .hub
                .log()
                .await
                .iter()
                .any(|entry| entry.log_type.starts_with("oidc_backchannel_logout"))
            {
                actix_web::rt::time::sleep(Duration::from_millis(20)).await;
            }
        };
        actix_web::rt::time::timeout(Duration::from_secs(10), told).await.expect("a logout token was sent");
        let log = app.hub.log().await;
        assert!(
            log.iter().any(|entry| entry.log_type == "oidc_backchannel_logout_succeeded"),
            "{:?}",
            log.last()
        );
        app.signs_in().await;
        assert_eq!(app.asked().len(), 2, "it asked again who this is");
        app.hub.stop().await;
    }
}
