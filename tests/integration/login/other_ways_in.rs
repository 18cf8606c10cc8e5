//! Where the domain is not what decides: exact addresses, an organization's code, what the browser remembers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;
use vestibule::domain::connection::Channel;

use crate::support::browser::{Browser, Page};
use crate::support::databases::{TestDatabase, each_database, sqlite};
use crate::support::fake_provider::FakeProvider;
use crate::support::html::{self, Field, Form};
use crate::support::sign_in::{
    Stage, add_client, asks_who_goes_on, between, code_of, provider_connection, switch,
};

/// A hub with two companies and classic accounts.
struct Ways {
    stage: Stage,
    acme: FakeProvider,
    globex: FakeProvider,
}

impl Ways {
    async fn on(database: TestDatabase) -> Self {
        let stage = Stage::on(database).await;
        let providers = [(); 2].map(|()| FakeProvider::start(&stage.hub.clock));
        for ((name, provider), options) in ["acme", "globex"].into_iter().zip(&providers).zip([
            json!({"domain_aliases": ["acme.example"], "organization_code": "Acme-EU"}),
            json!({"domain_aliases": ["globex.example"], "address_aliases": ["Guest@Acme.example"]}),
        ]) {
            let mut body = provider_connection(name, provider, Channel::BackChannel, &[&stage.app.client_id]);
            for (key, value) in options.as_object().unwrap() {
                body["options"][key] = value.clone();
            }
            stage.hub.connection(body).await;
        }
        let [acme, globex] = providers;
        Self { stage, acme, globex }
    }

    fn place(&self, page: &Page) -> &'static str {
        let at = |provider: &FakeProvider| page.url.as_str().starts_with(&provider.issuer);
        match () {
            () if at(&self.acme) => "acme",
            () if at(&self.globex) => "globex",
            () if page.stopped => "application",
            () => "page",
        }
    }

    /// A browser that stops at any provider.
    fn browser(&self) -> Browser {
        Browser::new().stopping_at("http://127.0.0.1:")
    }

    /// Types `value` into the field `name` of the login page.
    async fn typed(&self, browser: &mut Browser, name: &str, value: &str) -> Page {
        let page = browser.open(&self.stage.ask(&[])).await;
        let form = page.forms().into_iter().find(|form| form.fields.iter().any(|field| field.name == name));
        browser.submit(&page, &form.unwrap(), &[(name, value)]).await
    }

    async fn id(&self, name: &str) -> String {
        let found = self.stage.manage(Method::GET, &format!("connections?name={name}"), Value::Null).await;
        found.json[0]["id"].as_str().unwrap().to_owned()
    }

    async fn edit(&self, name: &str, patch: Value) {
        let id = self.id(name).await;
        self.stage.manage(Method::PATCH, &format!("connections/{id}"), patch).await;
    }
}

/// Signs in through the company of `email`, with or without the tick to remember it.
async fn sign_in(stage: &Stage, browser: &mut Browser, email: &str, remember: bool) {
    browser.stop_at = Some("https://app.example/".into());
    let mut page = browser.open(&stage.ask(&[("prompt", "login")])).await;
    if page.text.contains("id=\"another\"") {
        page = browser.open(attribute_address(&page, "another").as_str()).await;
    }
    let form = if remember { ticked(&page) } else { page.forms()[0].clone() };
    let mut page = browser.submit(&page, &form, &[("email", email)]).await;
    if asks_who_goes_on(&page) {
        page = switch(browser, &page).await;
    }
    code_of(&page);
}

/// The e-mail form with its tick.
fn ticked(page: &Page) -> Form {
    assert!(page.text.contains("type=\"checkbox\" id=\"remember-email\" name=\"remember\" value=\"yes\""));
    let mut form = page.forms()[0].clone();
    form.fields.push(Field { name: "remember".into(), value: "yes".into(), is_hidden: false });
    form
}

/// Where the link with that `id` leads.
fn attribute_address(page: &Page, id: &str) -> Url {
    page.url.join(&html::attribute(&page.text, id, "href").unwrap()).unwrap()
}

fn main_of(page: &Page) -> String {
    between(&page.text, "<main", "</main>")
}

fn remembers(browser: &Browser) -> bool {
    browser.cookies().iter().any(|cookie| cookie.name.ends_with("_choice"))
}

#[actix_web::test]
async fn an_exact_address_goes_before_its_domain() {
    for database in each_database() {
        let ways = Ways::on(database).await;
        for (email, place) in [
            ("guest@acme.example", "globex"),
            ("GUEST@ACME.example.", "globex"),
            ("guests@acme.example", "acme"),
            ("guest+tag@acme.example", "acme"),
            ("guest@eu.acme.example", "page"),
        ] {
            let page = ways.typed(&mut ways.browser(), "email", email).await;
            assert_eq!(ways.place(&page), place, "{email}");
            let hinted = ways.browser().open(&ways.stage.ask(&[("login_hint", email)])).await;
            assert_eq!(ways.place(&hinted), place, "{email} as a hint");
        }
        // Closed to the application, the address is as any other of its domain.
        ways.edit("globex", json!({"enabled_clients": []})).await;
        let page = ways.typed(&mut ways.browser(), "email", "guest@acme.example").await;
        assert_eq!(ways.place(&page), "acme");
    }
}

#[actix_web::test]
async fn an_organizations_code_leads_to_it_and_a_wrong_one_says_nothing() {
    for database in each_database() {
        let ways = Ways::on(database).await;
        for code in ["acme-eu", " ACME-EU "] {
            let page = ways.typed(&mut ways.browser(), "organization", code).await;
            assert_eq!(ways.place(&page), "acme", "{code}");
            let asked = ways.browser().open(&ways.stage.ask(&[("organization", code)])).await;
            assert_eq!(ways.place(&asked), "acme", "{code}");
        }
        // The same page for what no company has, what another application's has, and what no code looks like.
        let other = add_client(&ways.stage.hub, json!({})).await;
        let provider = FakeProvider::start(&ways.stage.hub.clock);
        let mut body = provider_connection("private", &provider, Channel::BackChannel, &[&other.client_id]);
        body["options"]["organization_code"] = json!("private");
        ways.stage.hub.connection(body).await;
        let mut pages = Vec::new();
        for code in ["unknown", "private", "acme-\u{e9}u", "acme.example"] {
            let mut browser = ways.browser();
            let page = ways.typed(&mut browser, "organization", code).await;
            assert_eq!(ways.place(&page), "page", "{code}");
            pages.push(main_of(&page).replace(page.forms()[0].action.path(), "/login"));
            let asked = ways.browser().open(&ways.stage.ask(&[("organization", code)])).await;
            let plain = ways.browser().open(&ways.stage.ask(&[])).await;
            let [asked, plain] =
                [asked, plain].map(|page| main_of(&page).replace(page.forms()[0].action.path(), "/login"));
            assert_eq!(asked, plain, "{code}: as if not given");
        }
        assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
        assert!(pages[0].contains("id=\"problem\""));
    }
}

#[actix_web::test]
async fn guessing_codes_ends_after_a_few() {
    let ways = Ways::on(sqlite()).await;
    for number in 0..20 {
        let page = ways.typed(&mut ways.browser(), "organization", &format!("guess-{number}")).await;
        assert_eq!(ways.place(&page), "page");
    }
    let right = ways.typed(&mut ways.browser(), "organization", "acme-eu").await;
    assert_eq!(ways.place(&right), "page", "a right guess after too many wrong ones");
    let asked = ways.browser().open(&ways.stage.ask(&[("organization", "acme-eu")])).await;
    assert_eq!(ways.place(&asked), "page", "nor by the application's parameter");
    ways.stage.hub.clock.advance(601);
    let later = ways.typed(&mut ways.browser(), "organization", "acme-eu").await;
    assert_eq!(ways.place(&later), "acme");
}

/// What the page says about an address must not tell who is a customer.
#[actix_web::test]
async fn the_page_says_the_same_for_addresses_of_nobody_and_of_a_company_the_application_may_not_use() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let other = add_client(&stage.hub, json!({})).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        let clients = [other.client_id.as_str()];
        let mut body = provider_connection("private", &provider, Channel::BackChannel, &clients);
        body["options"]["domain_aliases"] = json!(["private.example"]);
        body["options"]["address_aliases"] = json!(["vip@nobody.example"]);
        stage.hub.connection(body).await;
        let mut pages = Vec::new();
        for email in ["who@private.example", "vip@nobody.example", "who@nobody.example", "ada@people.example"]
        {
            let mut browser = stage.browser();
            let page = browser.open(&stage.ask(&[])).await;
            let login = page.forms()[0].action.path().trim_end_matches("/connection").to_owned();
            let page = browser.submit(&page, &page.forms()[0], &[("email", email)]).await;
            pages.push(page.text.replace(&login, "/login").replace(email, "EMAIL"));
        }
        assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
    }
}

#[actix_web::test]
async fn what_a_browser_remembers_is_offered_first_and_another_way_is_one_step_away() {
    for database in each_database() {
        let ways = Ways::on(database).await;
        let stage = &ways.stage;
        // Not ticked: nothing is remembered.
        let mut browser = stage.browser();
        sign_in(stage, &mut browser, "x@acme.example", false).await;
        assert!(!remembers(&browser));
        // Ticked, but nobody signed in yet.
        let mut other = ways.browser();
        let page = other.open(&stage.ask(&[])).await;
        other.submit(&page, &ticked(&page), &[("email", "x@acme.example")]).await;
        assert!(!remembers(&other));

        sign_in(stage, &mut browser, "x@acme.example", true).await;
        let page = browser.open(&stage.ask(&[("prompt", "login")])).await;
        let offered: Vec<String> =
            page.forms().iter().flat_map(|form| &form.buttons).map(|button| button.value.clone()).collect();
        assert_eq!(offered, ["acme"], "{page:?}");
        // Before a hint, after what the application names.
        let hinted =
            browser.open(&stage.ask(&[("prompt", "login"), ("login_hint", "x@globex.example")])).await;
        assert!(hinted.text.contains("id=\"another\""), "{hinted:?}");
        browser.stop_at = Some("http://127.0.0.1:".into());
        let named = browser.open(&stage.ask(&[("prompt", "login"), ("connection", "globex")])).await;
        assert_eq!(ways.place(&named), "globex");
        let onward = browser.submit(&page, &page.forms()[0], &[]).await;
        assert_eq!(ways.place(&onward), "acme");
        // Another way: everything is there again, and signing in so without the tick forgets the choice.
        sign_in(stage, &mut browser, "x@globex.example", false).await;
        assert!(!remembers(&browser));
        let page = browser.open(&stage.ask(&[("prompt", "login")])).await;
        assert!(!page.text.contains("id=\"another\""));
    }
}

#[actix_web::test]
async fn a_remembered_choice_is_the_browsers_own_and_counts_only_while_it_may_be_used() {
    for database in each_database() {
        let ways = Ways::on(database).await;
        let stage = &ways.stage;
        let mut browser = stage.browser();
        sign_in(stage, &mut browser, "x@acme.example", true).await;
        let is_offered = async |browser: &mut Browser| {
            let page = browser.open(&stage.ask(&[("prompt", "login")])).await;
            page.text.contains("id=\"another\"")
        };
        assert!(is_offered(&mut browser).await);
        assert!(!is_offered(&mut stage.browser()).await, "in another browser");
        ways.edit("acme", json!({"is_enabled": false})).await;
        assert!(!is_offered(&mut browser).await, "disabled");
        ways.edit("acme", json!({"is_enabled": true, "enabled_clients": []})).await;
        assert!(!is_offered(&mut browser).await, "closed to the application");
        ways.edit("acme", json!({"enabled_clients": [stage.app.client_id]})).await;
        assert!(is_offered(&mut browser).await);
        // A forged cookie is as none, whether it is spoilt, says in the open what a sealed one holds, or was sealed for
        // something else.
        let cookie_of = |browser: &Browser, part: &str| {
            browser.cookies().iter().find(|cookie| cookie.name.contains(part)).unwrap().clone()
        };
        let choice = cookie_of(&browser, "_choice");
        let mut begun = ways.browser();
        begun.open(&stage.ask(&[])).await;
        let inside = json!({"connection_id": ways.id("acme").await, "expires_at": i64::MAX}).to_string();
        for forged in [
            choice.value.chars().rev().collect(),
            ways.id("acme").await,
            inside.clone(),
            URL_SAFE_NO_PAD.encode(&inside),
            cookie_of(&begun, "_login_").value,
        ] {
            let mut forger = stage.browser();
            forger.headers.insert("cookie", format!("{}={forged}", choice.name).parse().unwrap());
            assert!(!is_offered(&mut forger).await, "forged: {forged}");
        }
        stage.hub.clock.advance(91 * 24 * 60 * 60);
        assert!(!is_offered(&mut browser).await, "long ago");
    }
}
