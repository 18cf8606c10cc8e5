//! The page that says what is right and wrong with a connection's provider, and what to do, for who may see it.

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::Method;
use serde_json::json;
use vestibule::domain::connection::{Channel, Connection};
use vestibule::domain::limits;
use vestibule::views::pages::{CHECK_CAUSES, CHECK_CODES, CHECK_NAMES};

use super::every_page::axe;
use super::stage::Stage as PageStage;
use crate::support::browser::{Browser, Page};
use crate::support::chromium::Chromium;
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::{Behaviour, CLIENT_SECRET, FakeProvider};
use crate::support::sign_in::{Stage, error_code, post_form};

/// The page of checks of a connection, by a new ticket.
async fn address(stage: &Stage, of: &Connection) -> String {
    let path = format!("connections/{}/setup-tickets", of.id);
    let made = stage.manage(Method::POST, &path, json!({})).await;
    made.text_of("ticket").replace("/setup?", "/checks?")
}

/// The source of a page as it reads.
fn source(page: &Page) -> String {
    page.text.replace("&#x3D;", "=").replace("&quot;", "\"").replace("&amp;", "&")
}

/// The provider refuses our redirect URI, and its metadata lack something.
const WRONG: Behaviour = Behaviour {
    discovery: Some(|answer, _| answer.remove("response_types_supported")),
    authorization: Some(|answer, _| answer.page(400, "Invalid parameter: redirect_uri")),
    ..Behaviour::HONEST
};

#[actix_web::test]
async fn whoever_holds_a_ticket_reads_what_is_wrong_and_nobody_else_does() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        provider.behave(WRONG);
        let acme = stage.federate("acme", &provider, Channel::BackChannel).await;
        stage.federate("globex", &provider, Channel::BackChannel).await;
        let address = address(&stage, &acme).await;
        for other in [
            address.replace("/acme/", "/globex/"),
            address.replace("/acme/", "/people/"),
            format!("{address}x"),
            address.split('?').next().unwrap().to_owned(),
        ] {
            let page = Browser::new().open(&other).await;
            assert_eq!(
                (page.status.as_u16(), error_code(&page).as_str()),
                (404, "ticket-unknown"),
                "{other}"
            );
            let ours = [("origin", stage.hub.issuer.trim_end_matches('/'))];
            assert_eq!(post_form(&other, &[], &ours).await.status, 404, "{other}");
        }
        assert_eq!(provider.counts().discovery(), 0, "nobody who may not see it makes a provider answer");

        let mut browser = Browser::new();
        let page = browser.open(&address).await;
        assert_eq!(page.status, 200);
        let callback = stage.hub.url("login/callback/acme");
        let text = source(&page);
        let at = |wanted: &str| text.find(wanted).unwrap_or_else(|| panic!("{wanted} is not on the page"));
        // What stops people comes first.
        assert!(at("state-broken") < at("id=\"name-redirect-uri\""));
        assert!(at("id=\"name-redirect-uri\"") < at("id=\"name-response-type\""));
        assert!(at("id=\"name-response-type\"") < at("id=\"passed\""));
        at("The provider does not know our redirect URI.");
        at(&format!("Add exactly {callback} to the redirect URIs"));
        assert!(!page.text.contains(CLIENT_SECRET));
        // Both pages lead to each other, by the same ticket.
        let setup = browser.open(&address.replace("/checks?", "/setup?")).await;
        let path = address.strip_prefix(stage.hub.issuer.trim_end_matches('/')).unwrap();
        assert!(source(&setup).contains(&format!("href=\"{path}\"")), "{path}");
        at(&format!("href=\"{}\"", path.replace("/checks?", "/setup?")));

        let french = source(&browser.open(&format!("{address}&ui_locales=fr")).await);
        assert!(french.contains(&format!("Ajoutez exactement {callback} aux URI de redirection")));
        assert!(french.contains("&ui_locales=fr\" id=\"setup\""), "and stays so");
        assert_eq!(provider.counts().discovery(), 1, "what was found out is told again");
    }
}

#[actix_web::test]
async fn the_button_checks_again_from_our_page_alone_and_not_twice_in_a_moment() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        provider.behave(WRONG);
        let acme = stage.federate("acme", &provider, Channel::BackChannel).await;
        let address = address(&stage, &acme).await;
        let mut browser = Browser::new();
        let page = browser.open(&address).await;
        assert!(page.text.contains("state-broken"));
        provider.behave(Behaviour::default());

        let form = page.forms().remove(0);
        let page = browser.submit(&page, &form, &[]).await;
        assert!(
            page.text.contains("only a moment ago") && page.text.contains("state-broken"),
            "{}",
            page.text
        );
        assert_eq!(provider.counts().discovery(), 1);

        let elsewhere = post_form(&address, &[], &[("origin", "https://evil.example")]).await;
        assert_eq!(elsewhere.status, 403);
        stage.hub.clock.advance(limits::CHECK_AGAIN_SECONDS);
        assert_eq!(post_form(&address, &[], &[("origin", "null")]).await.status, 403);
        assert_eq!(provider.counts().discovery(), 1, "no other page makes it check");

        let form = page.forms().remove(0);
        let page = browser.submit(&page, &form, &[]).await;
        assert!(page.text.contains("Checked again just now") && page.text.contains("state-ready"));
        assert_eq!(provider.counts().discovery(), 2);
        // Loading the page once more asks nobody.
        stage.hub.clock.advance(limits::CHECK_AGAIN_SECONDS);
        browser.open(page.url.as_str()).await;
        assert_eq!(provider.counts().discovery(), 2);
    }
}

#[actix_web::test]
async fn a_copied_message_says_all_that_somebody_elsewhere_needs() {
    let stage = PageStage::set().await;
    stage.provider.behave(WRONG);
    let browser = Chromium::start().await;
    browser.open(&stage.checks_page().await).await;
    let grant = json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]});
    browser.devtools("Browser.grantPermissions", grant).await;
    let copied = async |button: &str| {
        browser.click(button).await;
        for _ in 0..100 {
            if browser.value("document.getElementById('copied').textContent").await != json!("") {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let read = "navigator.clipboard.readText().then(text => arguments[0](text), error => arguments[0](String(error)))";
        browser.window.execute_async(read, Vec::new()).await.unwrap().as_str().unwrap().to_owned()
    };
    let callback = stage.hub.url("login/callback/initech");
    let one = format!(
        "Sign-in through Initech: something has to be put right at the identity provider.\n\n\
         Redirect URI\n\
         The provider does not know our redirect URI.\n\
         Expected: a browser that is sent back to \"{callback}\"\n\
         What came: status 400 and a page that says \"invalid parameter: redirect_uri\"\n\
         What to do: Add exactly {callback} to the redirect URIs (also called callback or reply URLs) of this application \
         at the provider.\n"
    );
    assert_eq!(copied("#copy-redirect-uri").await, one);
    let all = copied("#copy-all").await;
    assert!(
        all.starts_with(one.trim_end()) && all.contains("\n\nResponse type\nThe provider does not say"),
        "{all}"
    );
}

#[actix_web::test]
async fn the_page_is_accessible_and_fits_in_every_state_and_language() {
    let nothing: fn(&PageStage) = |_| {};
    let states: [(&str, fn(&PageStage)); 4] = [
        ("broken", |stage| stage.provider.behave(WRONG)),
        ("degraded", |stage| {
            stage.provider.behave(Behaviour { authorization: None, ..WRONG });
        }),
        ("ready", nothing),
        ("unknown", nothing),
    ];
    for (language, scheme) in [("en", "light"), ("fr", "dark"), ("en", "dark"), ("fr", "light")] {
        let stage = PageStage::set().await;
        let browser = Chromium::start_as(language, true).await;
        for (state, prepare) in &states {
            stage.provider.behave(Behaviour::default());
            prepare(&stage);
            let address = stage.checks_page().await;
            if *state == "unknown" {
                stage.use_up_checks().await;
            } else {
                stage.change_initech().await;
            }
            browser.open(&address).await;
            let shown = browser.value("document.querySelector('.state').className").await;
            assert_eq!(shown, json!(format!("state state-{state}")));
            browser.value("document.querySelectorAll('details').forEach(one => one.open = true)").await;
            for (width, height) in [(360, 740), (1280, 900)] {
                let place = format!("checks-{state}-{language}-{scheme}-{width}");
                browser.resize(width, height).await;
                browser.prefer(scheme).await;
                assert!(!browser.scrolls_sideways().await, "{place}: scrolls sideways");
                browser.picture(&place).await;
                browser.window.execute(&axe(), Vec::new()).await.unwrap();
                let run = "axe.run().then(found => arguments[0](found.violations.map(violation => \
                           ({id: violation.id, at: violation.nodes.map(node => node.html)}))))";
                let found = browser.window.execute_async(run, Vec::new()).await.unwrap();
                assert_eq!(found, json!([]), "{place}");
            }
            assert_eq!(browser.complaints().await, Vec::<String>::new(), "{state} {language}");
        }
    }
}

/// The texts in quotation marks of the source below `path` that look like stable names.
fn names_in(path: &Path, found: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            names_in(&entry.unwrap().path(), found);
        }
        return;
    }
    if path.ends_with("tests.rs") {
        return;
    }
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n");
    let is_name = |text: &&str| {
        text.contains('-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            && text
                .bytes()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-')
    };
    found.extend(code.split('"').skip(1).step_by(2).filter(is_name).map(str::to_owned));
}

#[test]
fn every_code_that_can_occur_is_put_into_words() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain/diagnosis");
    let mut written = BTreeSet::new();
    names_in(&source, &mut written);
    assert!(written.len() > 40, "{written:?}");
    let known: BTreeSet<&str> = CHECK_NAMES.iter().chain(CHECK_CODES).chain(CHECK_CAUSES).copied().collect();
    let unknown: Vec<&String> = written.iter().filter(|name| !known.contains(name.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    // The ends of codes that begin with the name of a check.
    let examine = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/upstream/examine.rs");
    let text = std::fs::read_to_string(examine).unwrap();
    let (_, causes) = text.split_once("/// An error of the exchange itself").unwrap();
    let mut ends = BTreeSet::new();
    for (_, after) in causes.match_indices("=> \"").map(|(at, found)| causes.split_at(at + found.len())) {
        ends.insert(after.split('"').next().unwrap());
    }
    for (_, after) in text.match_indices("cause: \"").map(|(at, found)| text.split_at(at + found.len())) {
        ends.insert(after.split('"').next().unwrap());
    }
    assert!(ends.len() > 8 && ends.iter().all(|end| CHECK_CAUSES.contains(end)), "{ends:?}");
}

#[actix_web::test]
async fn a_check_that_is_not_known_by_name_is_shown_all_the_same() {
    // Another node, of a later version, may have made it.
    let stage = Stage::on(sqlite()).await;
    let provider = FakeProvider::start(&stage.hub.clock);
    let acme = stage.federate("acme", &provider, Channel::BackChannel).await;
    let address = address(&stage, &acme).await;
    Browser::new().open(&address).await;
    let made = json!([{
        "check": "weather", "outcome": "failed", "code": "weather-bad", "expected": "sun", "came": "<rain>",
        "remedy": "Wait.",
    }]);
    stage
        .hub
        .database
        .execute(&format!("UPDATE connection_diagnoses SET state = 'broken', findings = '{made}'"));
    let page = Browser::new().open(&format!("{address}&ui_locales=fr")).await;
    assert_eq!(page.status, 200);
    for shown in ["state-broken", "weather", "sun", "&lt;rain&gt;", "Wait."] {
        assert!(page.text.contains(shown), "{shown}");
    }
}
