//! A connection that is disabled, removed or not open to the application signs nobody in, whatever the entrance.
//! Incidents: CVE-2026-16442, CVE-2026-3009, GHSA-7qjx-gp9h-65qj.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::connection::Channel;

use crate::support::databases::each_database;
use crate::support::fake_provider::FakeProvider;
use crate::support::sign_in::{Stage, code_of, error_of, fields};

#[derive(Clone, Copy, Debug)]
enum Closed {
    Disabled,
    ForAnotherApplication,
    Removed,
}

#[actix_web::test]
async fn no_entrance_leads_through_a_closed_connection() {
    for closed in [Closed::Disabled, Closed::ForAnotherApplication, Closed::Removed] {
        for database in each_database() {
            let stage = Stage::on(database).await;
            let provider = FakeProvider::start(&stage.hub.clock);
            let connection = stage.federate("acme", &provider, Channel::BackChannel).await;
            let path = format!("connections/{}", connection.id);
            let open = json!({"show_as_button": true, "options": {"domain_aliases": ["acme.example"]}});
            stage.manage(Method::PATCH, &path, open).await;
            // Somebody is signed in through it, holds a code and a token, and has a login page open.
            let mut browser = stage.browser();
            let page = browser.open(&stage.ask(&[("connection", "acme")])).await;
            let token = stage.redeem(&code_of(&page)).await.text_of("access_token");
            let code = code_of(&browser.open(&stage.ask(&[("prompt", "none")])).await);
            let consent = browser.open(&stage.ask(&[("prompt", "consent")])).await;
            let mut other = stage.browser();
            let login_page = other.open(&stage.ask(&[])).await;
            let asked = provider.counts().authorize();

            match closed {
                Closed::Disabled => stage.manage(Method::PATCH, &path, json!({"is_enabled": false})).await,
                Closed::ForAnotherApplication => {
                    stage.manage(Method::PATCH, &path, json!({"enabled_clients": []})).await
                }
                Closed::Removed => stage.manage(Method::DELETE, &path, Value::Null).await,
            };

            let page = stage.browser().open(&stage.ask(&[("connection", "acme")])).await;
            assert_eq!(error_of(&stage, &page), "invalid_request", "{closed:?}");
            for hint in [("login_hint", "x@acme.example"), ("domain_hint", "acme.example")] {
                let page = stage.browser().open(&stage.ask(&[hint])).await;
                assert!(!page.stopped && !page.text.contains("connection-acme"), "{closed:?} {hint:?}");
            }
            let action = login_page.forms()[0].action.clone();
            for form in [fields(&[("email", "x@acme.example")]), fields(&[("connection", "acme")])] {
                let page = other.post(action.as_str(), form.clone(), Some(&login_page.url)).await;
                assert!(!page.stopped, "{closed:?} {form:?}");
            }
            let page = browser.open(&stage.ask(&[("prompt", "none")])).await;
            assert_eq!(error_of(&stage, &page), "login_required", "{closed:?}: silently");
            let page = browser.submit(&consent, &consent.forms()[0], &[]).await;
            assert_eq!(page.answered("code"), None, "{closed:?}: by a consent page left open");
            assert_eq!(stage.redeem(&code).await.error(), (400, "invalid_grant"), "{closed:?}");
            assert_eq!(stage.userinfo(&token).await.status, 401, "{closed:?}");
            assert_eq!(provider.counts().authorize(), asked, "{closed:?}: nobody was sent there");
        }
    }
}

/// A third-party application may use domain-level connections, and no others, even if they name it.
#[actix_web::test]
async fn a_third_party_application_signs_in_through_domain_connections_alone() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"is_first_party": false})).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        let connection = stage.federate("acme", &provider, Channel::BackChannel).await;
        let page = stage.browser().open(&stage.ask(&[("connection", "acme")])).await;
        assert_eq!(error_of(&stage, &page), "invalid_request");
        let path = format!("connections/{}", connection.id);
        stage.manage(Method::PATCH, &path, json!({"is_domain_connection": true})).await;
        let mut browser = stage.browser();
        let page = browser.open(&stage.ask(&[("connection", "acme")])).await;
        code_of(&browser.walk_on(page, &[]).await);
    }
}
