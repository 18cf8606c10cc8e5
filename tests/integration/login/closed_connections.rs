//! A connection that is disabled, removed or not open to the application signs nobody in, whatever the entrance. One
//! that is edited meanwhile is [`super::changed_midway`].
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
            let open = json!({"show_as_button": true, "options": {
                "domain_aliases": ["acme.example"], "address_aliases": ["vip@people.example"],
                "organization_code": "acme",
            }});
            stage.manage(Method::PATCH, &path, open).await;
            // Somebody is signed in through it, holds a code and tokens, and has a login page open.
            let mut browser = stage.browser();
            let offline = ("scope", "openid profile email offline_access");
            let page = browser.open(&stage.ask(&[("connection", "acme"), offline])).await;
            let tokens = stage.redeem(&code_of(&page)).await;
            let (token, refresh_token) = (tokens.text_of("access_token"), tokens.text_of("refresh_token"));
            let code = code_of(&browser.open(&stage.ask(&[("prompt", "none")])).await);
            let consent = browser.open(&stage.ask(&[("prompt", "consent")])).await;
            let mut other = stage.browser();
            let login_page = other.open(&stage.ask(&[])).await;
            // Another's browser remembers it, and a third person is on the way back from the provider.
            let mut regular = stage.browser();
            let page = regular.open(&stage.ask(&[])).await;
            let ticked = fields(&[("email", "x@acme.example"), ("remember", "yes")]);
            let page = regular.post(page.forms()[0].action.as_str(), ticked, Some(&page.url)).await;
            code_of(&page);
            let again = [("prompt", "login")];
            assert!(regular.open(&stage.ask(&again)).await.text.contains("connection-acme"));
            let mut traveller = stage.browser().stopping_at(&stage.hub.url("login/callback"));
            let answer = traveller.open(&stage.ask(&[("connection", "acme")])).await;
            assert!(answer.stopped, "{answer:?}");
            let redeemed = provider.counts().token();
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
            for hint in [
                ("login_hint", "x@acme.example"),
                ("login_hint", "vip@people.example"),
                ("domain_hint", "acme.example"),
                ("organization", "acme"),
            ] {
                let page = stage.browser().open(&stage.ask(&[hint])).await;
                assert!(!page.stopped && !page.text.contains("connection-acme"), "{closed:?} {hint:?}");
            }
            let action = login_page.forms()[0].action.clone();
            for form in [
                fields(&[("email", "x@acme.example")]),
                fields(&[("email", "vip@people.example")]),
                fields(&[("organization", "acme")]),
                fields(&[("connection", "acme")]),
            ] {
                let page = other.post(action.as_str(), form.clone(), Some(&login_page.url)).await;
                assert!(!page.stopped, "{closed:?} {form:?}");
            }
            let page = browser.open(&stage.ask(&[("prompt", "none")])).await;
            assert_eq!(error_of(&stage, &page), "login_required", "{closed:?}: silently");
            let page = browser.submit(&consent, &consent.forms()[0], &[]).await;
            assert_eq!(page.answered("code"), None, "{closed:?}: by a consent page left open");
            let page = regular.open(&stage.ask(&again)).await;
            assert!(!page.stopped && !page.text.contains("connection-acme"), "{closed:?}: as remembered");
            traveller.stop_at = Some("https://app.example/".into());
            let page = traveller.open(answer.url.as_str()).await;
            assert_eq!(error_of(&stage, &page), "access_denied", "{closed:?}: on the way back");
            assert_eq!(provider.counts().token(), redeemed, "{closed:?}: no code is redeemed");
            assert_eq!(stage.redeem(&code).await.error(), (400, "invalid_grant"), "{closed:?}");
            assert_eq!(stage.refresh(&refresh_token).await.error(), (400, "invalid_grant"), "{closed:?}");
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
