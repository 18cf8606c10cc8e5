//! Every page: no accessibility violation, nothing from elsewhere, no sideways scrolling, the right language.

use std::path::Path;

use serde_json::{Value, json};
use url::Url;

use super::stage::{EMAIL, INITECH_CODE, PASSWORD, Stage};
use crate::support::administrators::{ADMINISTRATOR, link_for};
use crate::support::chromium::Chromium;
use crate::support::fake_provider::Behaviour;
use crate::support::listening_app::ListeningApp;

/// The narrowest window that counts, and a desk.
const WIDTHS: [(u32, u32); 2] = [(320, 640), (1280, 800)];

struct Visitor<'a> {
    stage: &'a Stage,
    browser: Chromium,
    language: &'a str,
    scheme: &'a str,
    /// axe-core; it needs a browser that runs scripts.
    axe: Option<String>,
    /// Whose frames may be loaded beside the hub's own files.
    framed: Option<String>,
}

impl Visitor<'_> {
    /// Looks at the page before the browser, which is called `name`.
    async fn look(&self, name: &str) {
        let Self { browser, language, scheme, .. } = self;
        let place = format!("{name}, {language}, {scheme}");
        assert_eq!(browser.value("document.documentElement.lang").await, *language, "{place}");
        for (width, height) in WIDTHS {
            browser.resize(width, height).await;
            browser.prefer(scheme).await;
            assert!(!browser.scrolls_sideways().await, "{place}, {width} wide: scrolls sideways");
            browser.picture(&format!("{name}-{language}-{scheme}-{width}")).await;
            let violations = self.violations().await;
            assert!(violations.is_empty(), "{place}, {width} wide: {violations:#?}");
        }
        let loaded = browser.value("performance.getEntriesByType('resource').map(entry => entry.name)").await;
        for address in loaded.as_array().unwrap() {
            let address = address.as_str().unwrap();
            let is_framed = self.framed.as_ref().is_some_and(|framed| address.starts_with(framed));
            assert!(is_framed || address.starts_with(&self.stage.hub.issuer), "{place} loads {address}");
        }
        assert_eq!(browser.complaints().await, Vec::<String>::new(), "{place}");
    }

    /// What axe-core finds wrong.
    async fn violations(&self) -> Vec<Value> {
        let Some(axe) = &self.axe else { return Vec::new() };
        self.browser.window.execute(axe, Vec::new()).await.unwrap();
        let run = "axe.run().then(found => arguments[0](found.violations.map(violation => \
                   ({id: violation.id, at: violation.nodes.map(node => node.html)}))))";
        let found = self.browser.window.execute_async(run, Vec::new()).await.unwrap();
        found.as_array().unwrap().clone()
    }

    async fn open(&self, address: &str, name: &str) {
        self.browser.open(address).await;
        self.look(name).await;
    }

    async fn click(&self, css: &str, name: &str) {
        self.browser.click(css).await;
        self.look(name).await;
    }

    async fn tour(&self) {
        let (hub, browser) = (&self.stage.hub, &self.browser);
        self.open(&hub.issuer, "home").await;
        self.open(&hub.url("nowhere"), "page-not-found").await;
        self.open(&hub.url("authorize?client_id=nobody"), "unknown-client").await;
        self.open(&hub.url("login/0123"), "login-expired").await;

        self.open(&self.stage.doors(), "login").await;
        browser.fill("#email", "ada@nowhere.example").await;
        self.click("#continue", "login-no-connection").await;
        browser.fill("#email", EMAIL).await;
        self.click("#continue", "chooser").await;

        self.open(&self.stage.notes(&[]), "email").await;
        // The browser's own check of the field is one line of defence; ours is the other.
        browser.value("document.querySelector('form').noValidate = true").await;
        browser.fill("#email", "somebody").await;
        self.click("#continue", "email-invalid").await;
        browser.value("document.querySelector('form').noValidate = true").await;
        browser.fill("#email", "").await;
        self.click("#continue", "email-missing").await;
        browser.fill("#email", EMAIL).await;
        self.click("#continue", "password").await;
        browser.fill("#password", "wrong password").await;
        self.click("#sign-in", "password-wrong").await;
        browser.fill("#password", PASSWORD).await;
        browser.click("#sign-in").await;
        self.stage.arrives(browser).await;

        self.open(&self.stage.notes(&[("prompt", "select_account")]), "account").await;
        self.open(&self.stage.ways(&[("connection", "initech")]), "switch").await;
        self.open(&hub.url("account/applications"), "applications-none").await;
        self.open(&self.stage.reports_in_short(), "consent-short").await;
        browser.click("#allow").await;
        self.stage.arrives(browser).await;
        self.open(&self.stage.reports(), "consent").await;
        browser.click("#allow").await;
        self.stage.arrives(browser).await;
        self.open(&hub.url("account/applications"), "applications").await;
        self.click("form button", "applications-ended").await;
        self.open(&self.stage.reports_in_detail(), "consent-details").await;
        self.open(&self.stage.notes(&[("prompt", "consent")]), "consent-first-party").await;
        self.devices().await;
        self.open(&hub.url("oidc/logout"), "sign-out").await;
        self.click("#sign-out", "signed-out").await;
        self.open(&hub.url("oidc/logout?post_logout_redirect_uri=https://x.example/"), "logout-invalid")
            .await;
        self.open(&hub.url("account/applications"), "applications-nobody").await;

        self.open(&self.stage.ways(&[]), "ways").await;
        browser.fill("#organization", "nowhere").await;
        self.click("#continue-organization", "ways-no-organization").await;
        browser.click("#remember-organization").await;
        browser.fill("#organization", INITECH_CODE).await;
        browser.click("#continue-organization").await;
        self.stage.arrives(browser).await;
        self.open(&self.stage.ways(&[("prompt", "login")]), "remembered").await;
        self.click("#another", "ways-again").await;

        self.open(&self.stage.halls().await, "search").await;
        browser.fill("#find", "1").await;
        self.click("#search", "search-found").await;
        browser.fill("#find", "Initech").await;
        self.click("#search", "search-found-none").await;

        self.set_up_pages().await;
        self.test_logins().await;
        self.administrators().await;
    }
}

impl Visitor<'_> {
    /// One that passes, one that the provider spoils, and one that never ends.
    async fn test_logins(&self) {
        let (stage, browser) = (self.stage, &self.browser);
        stage.provider.behave(Behaviour {
            id_token: Some(|token, _| {
                token.set("department", "Analytical Engines, Nordrhein-Westfalen and Überlingen");
                token.set(
                    "https://claims.initech.example/a-very-long-name-of-a-claim/groups",
                    vec!["Staff"; 4],
                );
            }),
            ..Behaviour::default()
        });
        self.open(&stage.test_link().await, "test-start").await;
        self.click("#begin", "test-passed").await;
        self.click("#list summary", "test-passed-list").await;
        stage.provider.behave(Behaviour {
            id_token: Some(|token, _| {
                token.set("iss", "https://login.initech.example/v2.0/of-another-tenant")
            }),
            ..Behaviour::default()
        });
        let used = stage.test_link().await;
        browser.open(&used).await;
        self.click("#begin", "test-failed").await;
        stage.provider.behave(Behaviour {
            reply: Some(|reply, _| {
                reply.remove("code");
                reply.set("error", "access_denied");
                reply.set("error_description", "AADSTS50105: The signed in user is not assigned to a role.");
            }),
            ..Behaviour::default()
        });
        browser.open(&stage.test_link().await).await;
        self.click("#begin", "test-refused").await;
        stage
            .provider
            .behave(Behaviour { discovery: Some(|answer, _| answer.fail(503)), ..Behaviour::default() });
        browser.open(&stage.test_link().await).await;
        self.click("#begin", "test-unreachable").await;
        stage.provider.behave(Behaviour::default());
        self.open(&stage.hub.url("connections/initech/tests/tst_0"), "test-not-here").await;
    }

    /// Of a connection, for whoever holds a ticket.
    async fn set_up_pages(&self) {
        self.open(&self.stage.setup_page().await, "setup").await;
        self.click("#copy-callback", "setup-copied").await;
        self.click("#checks", "checks").await;
        self.click("#check-again", "checks-too-often").await;
        self.open(&self.stage.hub.url("connections/initech/setup?ticket=wrong"), "ticket-unknown").await;
    }

    async fn administrators(&self) {
        let browser = &self.browser;
        self.open(&self.stage.hub.url("setup/wrong"), "set-up-link-unknown").await;
        self.open(&link_for(&self.stage.hub, ADMINISTRATOR).await, "administrator-invited").await;
        self.open(&self.stage.set_up_link().await, "administrator").await;
        browser.value("document.querySelector('form').noValidate = true").await;
        self.click("#create", "administrator-problems").await;
        browser.fill("#email", EMAIL).await;
        browser.fill("#name", "Ada Lovelace").await;
        browser.fill("#password", PASSWORD).await;
        browser.fill("#repeated", PASSWORD).await;
        self.click("#create", "administrator-made").await;
        self.open(&self.stage.hub.url("terminal/done"), "terminal-done").await;
        self.open(&self.stage.hub.url("terminal/done?error=failed"), "terminal-failed").await;
    }

    async fn devices(&self) {
        let hub = &self.stage.hub;
        self.open(&hub.url("activate"), "activate").await;
        self.browser.fill("#user_code", "BBBB-BBBB").await;
        self.click("#continue", "activate-unknown").await;
        for (choice, name) in [("#allow", "activated"), ("#deny", "activated-denied")] {
            self.open(&self.stage.device().await, "activate-filled").await;
            self.click("#continue", "consent-device").await;
            self.click(choice, name).await;
        }
        self.open(&hub.url("activate/done?error=server_error"), "activated-failed").await;
    }

    /// Pages that go on by themselves where scripts run, and wait for the person where not.
    async fn still_pages(&self) {
        let (hub, browser, stage) = (&self.stage.hub, &self.browser, self.stage);
        browser.open(&stage.notes(&[])).await;
        stage.sign_in(browser).await;
        self.open(&stage.notes(&[("response_mode", "form_post")]), "form-post").await;
        self.open(&stage.notes(&[("response_mode", "web_message"), ("prompt", "none")]), "web-message").await;
        let back = [("post_logout_redirect_uri", hub.issuer.as_str()), ("client_id", stage.notes_id())];
        let logout = Url::parse_with_params(&hub.url("oidc/logout"), back).unwrap();
        self.open(logout.as_str(), "sign-out-asked").await;
        self.click("#sign-out", "signed-out-frames").await;
    }
}

#[actix_web::test]
async fn pages_that_go_on_by_themselves_fit_the_window_where_they_have_to_wait() {
    for (language, scheme) in [("en", "dark"), ("fr", "light")] {
        let (stage, app) = (Stage::set().await, ListeningApp::start());
        let settings = json!({
            "allowed_logout_urls": [stage.hub.issuer],
            "callbacks": [stage.hub.issuer, format!("{}/callback", app.base)],
            "frontchannel_logout_uri": format!("{}/front", app.base),
        });
        stage.change_notes(settings).await;
        let browser = Chromium::start_as(language, false).await;
        let (axe, framed) = (None, Some(app.base.clone()));
        Visitor { stage: &stage, browser, language, scheme, axe, framed }.still_pages().await;
    }
}

pub(super) fn axe() -> String {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(source).expect("axe-core is not installed: run `npm ci --prefix tests/clients`")
}

async fn visitor<'a>(stage: &'a Stage, language: &'a str, scheme: &'a str) -> Visitor<'a> {
    let browser = Chromium::start_as(language, true).await;
    Visitor { stage, browser, language, scheme, axe: Some(axe()), framed: None }
}

async fn visit(language: &str, scheme: &str) {
    let stage = Stage::set().await;
    visitor(&stage, language, scheme).await.tour().await;
}

#[actix_web::test]
async fn every_page_is_accessible_in_english_by_day() {
    visit("en", "light").await;
}

#[actix_web::test]
async fn every_page_is_accessible_in_french_by_night() {
    visit("fr", "dark").await;
}

/// Those who manage the hub see few pages of it, and each of them in every light.
#[actix_web::test]
async fn the_pages_of_administrators_are_accessible_in_english_by_night_and_in_french_by_day() {
    for (language, scheme) in [("en", "dark"), ("fr", "light")] {
        let stage = Stage::set().await;
        let visitor = visitor(&stage, language, scheme).await;
        visitor.set_up_pages().await;
        visitor.administrators().await;
    }
}

#[actix_web::test]
async fn an_application_without_a_way_to_sign_in_learns_so_instead_of_an_empty_page() {
    let stage = Stage::set().await;
    let body = json!({"name": "Lonely", "app_type": "regular_web", "callbacks": [stage.hub.issuer]});
    let client_id = stage.hub.client(body).await.client_id;
    let browser = Chromium::start().await;
    let query =
        format!("client_id={client_id}&redirect_uri={}&response_type=code&scope=openid", stage.hub.issuer);
    browser.open(&stage.hub.url(&format!("authorize?{query}"))).await;
    browser.arrive_at(&format!("{}?error=invalid_request", stage.hub.issuer)).await;
}

#[actix_web::test]
async fn the_browser_reports_what_the_policy_keeps_out() {
    let stage = Stage::set().await;
    let browser = Chromium::start().await;
    browser.open(&stage.hub.issuer).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser
        .value(
            "void (document.head.appendChild(document.createElement('script')).src = 'https://x.example/')",
        )
        .await;
    let complaints = browser.complaints().await.join("\n");
    assert!(complaints.contains("Content Security Policy"), "{complaints}");
}
