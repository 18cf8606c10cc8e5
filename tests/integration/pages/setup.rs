//! The page that says what a connection's provider has to be told, for who holds a ticket, and nobody else.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::connection::{Channel, Connection};

use super::stage::Stage as PageStage;
use crate::support::administrators::{administrators_browser, first_administrator};
use crate::support::browser::Browser;
use crate::support::chromium::Chromium;
use crate::support::databases::each_database;
use crate::support::fake_provider::{CLIENT_ID, CLIENT_SECRET, FakeProvider};
use crate::support::sign_in::{Stage, error_code, http, read, segment};

const DAY: i64 = 24 * 60 * 60;

async fn ticket(stage: &Stage, of: &Connection, body: Value) -> (String, String) {
    let path = format!("connections/{}/setup-tickets", of.id);
    let made = stage.manage(Method::POST, &path, body).await;
    assert_eq!(made.status, 201);
    (made.text_of("id"), made.text_of("ticket"))
}

#[actix_web::test]
async fn a_ticket_shows_what_the_provider_has_to_be_told_and_no_secret() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        let acme = stage.federate("acme", &provider, Channel::BackChannel).await;
        let (id, address) = ticket(&stage, &acme, json!({})).await;
        assert!(address.starts_with(&stage.hub.url("connections/acme/setup?ticket=")), "{address}");
        let page = Browser::new().open(&address).await;
        assert_eq!(page.status, 200);
        for value in [
            stage.hub.url("login/callback/acme"),
            "openid profile email".to_owned(),
            stage.hub.url("logout/callback"),
            stage.hub.url("oauth/backchannel-logout/connection/acme"),
            stage.hub.url("login/frontchannel-logout/connection/acme"),
            stage.hub.url("static/mark.svg"),
        ] {
            assert!(page.text.contains(&value), "{value} is not on the page");
        }
        for secret in [CLIENT_SECRET, CLIENT_ID, &provider.issuer] {
            assert!(!page.text.contains(secret), "{secret}");
        }
        assert!(!page.text.contains("<script>") && page.text.contains("hidden>Copy"));
        // The address is told once; what is kept opens nothing.
        let token = address.split_once("ticket=").unwrap().1;
        let list =
            stage.manage(Method::GET, &format!("connections/{}/setup-tickets", acme.id), Value::Null).await;
        assert_eq!(list.json["setup_tickets"][0]["id"], id.as_str());
        assert!(!list.text.contains(token));
        assert!(!stage.hub.database.dump().contains(token));
        assert!(!stage.hub.log().await.iter().any(|entry| format!("{entry:?}").contains(token)));
    }
}

#[actix_web::test]
async fn a_ticket_opens_one_page_until_it_expires_or_is_taken_back() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        let acme = stage.federate("acme", &provider, Channel::BackChannel).await;
        let globex = stage.federate("globex", &provider, Channel::BackChannel).await;
        let (id, address) = ticket(&stage, &acme, json!({})).await;
        let opens = async |address: &str| {
            let page = Browser::new().open(address).await;
            if page.status != 200 {
                assert_eq!((page.status.as_u16(), error_code(&page).as_str()), (404, "ticket-unknown"));
            }
            page.status == 200
        };
        assert!(opens(&address).await && opens(&address).await);
        for other in [
            address.replace("/acme/", "/globex/"),
            address.replace("/acme/", "/people/"),
            format!("{address}x"),
            address.split('?').next().unwrap().to_owned(),
            stage.hub.url("connections/nobody/setup?ticket=x"),
        ] {
            assert!(!opens(&other).await, "{other}");
        }
        // Nothing else takes it.
        let token = address.split_once("ticket=").unwrap().1;
        assert_eq!(stage.userinfo(token).await.status, 401);
        let api = stage.hub.url(&format!("api/v2/connections/{}", acme.id));
        assert_eq!(read(http().get(api).bearer_auth(token)).await.status, 401);

        // Another connection's path takes nothing back.
        let path = |of: &Connection, id: &str| format!("connections/{}/setup-tickets/{id}", of.id);
        stage.manage(Method::DELETE, &path(&globex, &id), Value::Null).await;
        assert!(opens(&address).await);
        stage.manage(Method::DELETE, &path(&acme, &id), Value::Null).await;
        assert!(!opens(&address).await, "taken back");

        let (_, short) = ticket(&stage, &acme, json!({"ttl_sec": DAY})).await;
        let (_, usual) = ticket(&stage, &acme, json!({})).await;
        stage.hub.clock.advance(DAY);
        assert!(!opens(&short).await && opens(&usual).await);
        stage.manage(Method::DELETE, &format!("connections/{}", acme.id), Value::Null).await;
        assert!(!opens(&usual).await, "the connection is gone");
    }
}

#[actix_web::test]
async fn every_value_is_copied_by_a_button_where_scripts_run_and_there_is_none_elsewhere() {
    let stage = PageStage::set().await;
    let address = stage.setup_page().await;
    let browser = Chromium::start().await;
    browser.open(&address).await;
    let grant = json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]});
    browser.devtools("Browser.grantPermissions", grant).await;
    let shown = browser.value("[...document.querySelectorAll('.copy')].filter(b => !b.hidden).length").await;
    assert_eq!(shown, json!(6));
    browser.click("#copy-callback").await;
    let mut copied = Value::Null;
    for _ in 0..100 {
        copied = browser.value("document.getElementById('copied').textContent").await;
        if copied != json!("") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(copied, json!("Copied."));
    let read = "navigator.clipboard.readText().then(text => arguments[0](text), error => arguments[0](String(error)))";
    let text = browser.window.execute_async(read, Vec::new()).await.unwrap();
    assert_eq!(text, json!(stage.hub.url("login/callback/initech")));

    let plain = Chromium::start_as("en", false).await;
    plain.open(&address).await;
    assert!(!plain.element("#copy-callback").await.is_displayed().await.unwrap());
    assert!(plain.element("#value-callback").await.is_displayed().await.unwrap());
}

#[actix_web::test]
async fn an_administrator_who_is_signed_in_needs_no_ticket_and_nobody_else_goes_without() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        let user_id = first_administrator(&stage.hub).await;
        let address = stage.hub.url("connections/acme/setup");
        let opens = async |browser: &Browser, address: &str| {
            let page = browser.clone().open(address).await;
            if page.status != 200 {
                assert_eq!((page.status.as_u16(), error_code(&page).as_str()), (404, "ticket-unknown"));
            }
            page.status == 200
        };
        let signed_in = administrators_browser(&stage.hub).await;
        assert!(opens(&signed_in, &address).await);
        assert!(
            !opens(&signed_in, &format!("{address}?ticket=wrong")).await,
            "a ticket counts where there is one"
        );
        for nothing in ["people", "administrators", "nobody"] {
            assert!(!opens(&signed_in, &stage.hub.url(&format!("connections/{nothing}/setup"))).await);
        }
        assert!(!opens(&Browser::new(), &address).await, "nobody is signed in");
        assert!(!opens(&stage.member().await, &address).await, "somebody else is signed in");
        // Whoever only calls themselves one is none.
        let patch = json!({"app_metadata": {"administrator": true, "is_administrator": true}});
        stage.manage(Method::PATCH, &format!("users/{}", segment(&stage.user_id)), patch).await;
        assert!(!opens(&stage.member().await, &address).await);

        let path = format!("users/{}", segment(&user_id));
        stage.manage(Method::PATCH, &path, json!({"blocked": true})).await;
        assert!(!opens(&signed_in, &address).await, "blocked");
        stage.manage(Method::PATCH, &path, json!({"blocked": false})).await;
        let signed_in = administrators_browser(&stage.hub).await;
        assert!(opens(&signed_in, &address).await);
        stage.manage(Method::DELETE, &format!("{path}/sessions"), Value::Null).await;
        assert!(!opens(&signed_in, &address).await, "signed out");
        let signed_in = administrators_browser(&stage.hub).await;
        stage.hub.hub.store.write(move |tx| tx.remove_administrator(&user_id)).await.unwrap();
        assert!(!opens(&signed_in, &address).await, "no administrator any more");
    }
}
