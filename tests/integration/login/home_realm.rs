//! Home-realm discovery: everybody reaches the provider of their own company, through connections of the
//! application alone.

use serde_json::json;
use vestibule::domain::connection::Channel;

use crate::support::browser::{Browser, Page};
use crate::support::databases::{TestDatabase, each_database, sqlite};
use crate::support::fake_provider::FakeProvider;
use crate::support::sign_in::{
    EMAIL, Stage, add_client, ask, changed, error_of, fields, provider_connection, switch,
};

/// Where the application takes answers, on the machine of the providers.
const NEAR: &str = "http://127.0.0.1:1/callback";

/// A hub whose application knows Acme, Globex and classic accounts; Private belongs to another application.
struct Realms {
    stage: Stage,
    acme: FakeProvider,
    globex: FakeProvider,
    private: FakeProvider,
}

impl Realms {
    async fn on(database: TestDatabase) -> Self {
        let stage = Stage::with_client(database, json!({"callbacks": [NEAR]})).await;
        let other = add_client(&stage.hub, json!({})).await;
        let (app, other) = (stage.app.client_id.clone(), other.client_id);
        let providers = [&app, &app, &other].map(|_| FakeProvider::start(&stage.hub.clock));
        let domains = [
            json!(["acme.example", "shared.example", "eu.globex.example"]),
            json!(["globex.example", "*.globex.example", "shared.example"]),
            json!(["private.example", "shared.example", "acme.example"]),
        ];
        for (((name, provider), domains), client) in
            ["acme", "globex", "private"].into_iter().zip(&providers).zip(domains).zip([&app, &app, &other])
        {
            let mut body = provider_connection(name, provider, Channel::BackChannel, &[client]);
            body["options"]["domain_aliases"] = domains;
            body["show_as_button"] = json!(name != "globex");
            stage.hub.connection(body).await;
        }
        let [acme, globex, private] = providers;
        Self { stage, acme, globex, private }
    }

    /// Where `page` is: the company, or `page`.
    fn place(&self, page: &Page) -> &'static str {
        let at = |provider: &FakeProvider| page.url.as_str().starts_with(&provider.issuer);
        match () {
            () if at(&self.acme) => "acme",
            () if at(&self.globex) => "globex",
            () if at(&self.private) => "private",
            () if page.stopped => "application",
            () => "page",
        }
    }

    fn ask(&self, changes: &[(&str, &str)]) -> String {
        self.stage.ask(&[changes, &[("redirect_uri", NEAR)]].concat())
    }

    /// A browser that stops at any provider, and at the application.
    fn browser(&self) -> Browser {
        Browser::new().stopping_at("http://127.0.0.1:")
    }

    async fn typed(&self, email: &str) -> Page {
        let mut browser = self.browser();
        let page = browser.open(&self.ask(&[])).await;
        browser.submit(&page, &page.forms()[0], &[("email", email)]).await
    }
}

#[actix_web::test]
async fn a_name_a_hint_or_a_typed_address_leads_to_the_company() {
    for database in each_database() {
        let realms = Realms::on(database).await;
        for (changes, place) in [
            (vec![("connection", "acme")], "acme"),
            (vec![("connection", "globex"), ("login_hint", "x@acme.example")], "globex"),
            (vec![("login_hint", "x@acme.example")], "acme"),
            (vec![("login_hint", "x@ACME.Example")], "acme"),
            (vec![("domain_hint", "globex.example")], "globex"),
            (vec![("login_hint", "x@sales.globex.example")], "globex"),
            (vec![("login_hint", "x@eu.globex.example")], "acme"),
            (vec![("login_hint", "x@de.eu.globex.example")], "globex"),
            (vec![("login_hint", "x@private.example")], "page"),
            (vec![("domain_hint", "private.example")], "page"),
            (vec![("login_hint", "x@nowhere.example")], "page"),
            (vec![("domain_hint", "*.globex.example")], "page"),
            (vec![("domain_hint", "nowhere.example")], "page"),
            (vec![("domain_hint", "x@globex.example")], "page"),
            (vec![("login_hint", "x@nowhere.example"), ("domain_hint", "globex.example")], "globex"),
            (vec![("login_hint", "x@acme.example"), ("domain_hint", "globex.example")], "acme"),
            (vec![], "page"),
        ] {
            let page = realms.browser().open(&realms.ask(&changes)).await;
            assert_eq!(realms.place(&page), place, "{changes:?}");
            if let Some((_, hint)) = changes.iter().find(|(name, _)| *name == "login_hint")
                && place != "page"
            {
                let hinted = page.answered("login_hint").unwrap();
                assert!(hinted.eq_ignore_ascii_case(hint), "the provider is told: {hinted}");
            }
        }
        for (email, place) in [
            ("x@acme.example", "acme"),
            ("x+tag@Acme.EXAMPLE", "acme"),
            ("x@acme.example.", "acme"),
            (" x@acme.example ", "acme"),
            ("x@a.b.globex.example", "globex"),
        ] {
            assert_eq!(realms.place(&realms.typed(email).await), place, "{email}");
        }
        // What no company claims belongs to classic accounts.
        let page = realms.typed(EMAIL).await;
        assert!(page.text.contains("name=\"password\""), "{page:?}");
    }
}

/// Incident: a domain was compared by its end (CVE-2024-27918).
#[actix_web::test]
async fn a_domain_that_only_looks_like_a_companys_leads_nowhere() {
    for database in each_database() {
        let realms = Realms::on(database).await;
        for email in [
            "x@evilacme.example",
            "x@acme.example.evil.example",
            "x@notglobex.example",
            "x@globex.example.evil.example",
            "a@b@acme.example",
            "\"x@acme.example\"@evil.example",
            "x@evil.example,acme.example",
            "x@evil.example acme.example",
            "x@\u{430}cme.example",
            "x@acme\u{3002}example.evil.example",
            "x@acme.example\u{0}",
            "x@acme.example\u{0}.evil.example",
            "x@acme.example%00",
            "@acme.example",
            "acme.example",
            "x@[acme.example]",
            "x@-acme.example",
            "x\u{0}@acme.example",
            "\"x\"@acme.example",
            "x@acme.example..",
            "x@acm\u{e9}.example",
            "x@xn--acme-.example",
        ] {
            let page = realms.typed(email).await;
            assert_eq!(realms.place(&page), "page", "{email:?} leads to {}", page.url);
            let hinted = realms.browser().open(&realms.ask(&[("login_hint", email)])).await;
            let place = realms.place(&hinted);
            assert!(["page", "application"].contains(&place), "{email:?} as a hint leads to {}", hinted.url);
        }
        for providers in [&realms.acme, &realms.globex, &realms.private] {
            assert_eq!(providers.counts().authorize(), 0);
        }
    }
}

#[actix_web::test]
async fn several_companies_on_one_domain_give_a_chooser_of_those_the_application_may_use() {
    for database in each_database() {
        let realms = Realms::on(database).await;
        let mut browser = realms.browser();
        let page = browser.open(&realms.ask(&[("login_hint", "x@shared.example")])).await;
        let offered: Vec<String> =
            page.forms().iter().flat_map(|form| &form.buttons).map(|button| button.value.clone()).collect();
        assert_eq!(offered, ["acme", "globex"]);
        let globex = page.forms().into_iter().find(|form| form.buttons[0].value == "globex").unwrap();
        let page = browser.submit(&page, &globex, &[]).await;
        assert_eq!(realms.place(&page), "globex");
    }
}

#[actix_web::test]
async fn buttons_are_shown_for_what_asks_for_one_and_is_open_to_the_application() {
    for database in each_database() {
        let realms = Realms::on(database).await;
        let mut browser = realms.browser();
        let page = browser.open(&realms.ask(&[])).await;
        assert!(page.text.contains("id=\"connection-acme\""));
        for hidden in ["globex", "private", "people"] {
            assert!(!page.text.contains(&format!("connection-{hidden}")), "{hidden}");
        }
        // Nor does it help to know its name.
        let action = page.forms()[0].action.clone();
        for name in ["private", "unknown", "../acme", ""] {
            let named = fields(&[("connection", name)]);
            let answer = browser.post(action.as_str(), named, Some(&page.url)).await;
            assert_eq!(realms.place(&answer), "page", "{name}");
            let asked = realms.browser().open(&realms.ask(&[("connection", name)])).await;
            let expected = if name.is_empty() { "page" } else { "application" };
            assert_eq!(realms.place(&asked), expected, "{name}");
        }
        let acme = page.forms().into_iter().find(|form| form.buttons[0].value == "acme").unwrap();
        assert_eq!(realms.place(&browser.submit(&page, &acme, &[]).await), "acme");
    }
}

#[actix_web::test]
async fn the_only_connection_of_an_application_is_taken_without_a_page() {
    for database in each_database() {
        let realms = Realms::on(database).await;
        let hub = &realms.stage.hub;
        let lonely = add_client(hub, json!({})).await;
        let provider = FakeProvider::start(&hub.clock);
        hub.connection(provider_connection("only", &provider, Channel::BackChannel, &[&lonely.client_id]))
            .await;
        let page = realms.browser().open(&ask(&hub.issuer, &lonely.client_id, &[])).await;
        assert!(page.url.as_str().starts_with(&provider.issuer), "{page:?}");
    }
}

#[actix_web::test]
async fn an_application_without_any_way_to_sign_in_is_told_so() {
    let stage = Stage::on(sqlite()).await;
    let lonely = add_client(&stage.hub, json!({})).await;
    // Silently it asks whether somebody is signed in, and nobody is.
    for (prompt, error) in [("", "invalid_request"), ("none", "login_required")] {
        let asked = ask(&stage.hub.issuer, &lonely.client_id, &[("prompt", prompt)]);
        assert_eq!(error_of(&stage, &stage.browser().open(&asked).await), error, "prompt={prompt}");
    }
}

#[actix_web::test]
async fn several_tabs_go_to_several_companies_and_each_comes_back_to_its_own() {
    for database in each_database() {
        let realms = Realms::on(database).await;
        let mut browser = realms.browser();
        let mut tabs = Vec::new();
        for name in ["acme", "globex"] {
            let changes = [("connection", name), ("state", name), ("prompt", "login")];
            tabs.push((name, browser.open(&realms.ask(&changes)).await));
        }
        browser.stop_at = Some(NEAR.into());
        for (name, page) in tabs {
            let mut page = browser.open(page.url.as_str()).await;
            if name == "globex" {
                // The second company's account is another one than the first one's, which is signed in by now.
                page = switch(&mut browser, &page).await;
            }
            assert_eq!(page.answered("state").as_deref(), Some(name));
            let code = page.answered("code").unwrap();
            let form = changed(&realms.stage.exchange(&code), "redirect_uri", NEAR);
            let tokens = realms.stage.token(&form).await;
            let claims = crate::support::sign_in::claims_of(&tokens.text_of("id_token"));
            assert_eq!(claims["sub"], format!("oidc|{name}|alice"));
        }
    }
}
