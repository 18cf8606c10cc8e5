//! A provider's answer signs in once, in the browser that asked, to the connection that asked.

use vestibule::domain::connection::Channel;

use crate::support::application::{Application, CALLBACK, browser};
use crate::support::browser::{Browser, Page};
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::faults::BOTH;
use crate::support::hub::TestHub;

/// Connects `app` by each name to a provider of its own.
async fn connect(app: &Application<'_>, names: &[&str], channel: Channel) -> Vec<FakeProvider> {
    let mut providers = Vec::new();
    for name in names {
        let provider = FakeProvider::start(&app.hub.clock);
        app.connect(provider.connection(name, channel)).await;
        providers.push(provider);
    }
    providers
}

/// Walks `browser` to the provider and back, and stops before the hub sees the answer.
async fn answer_of(app: &Application<'_>, browser: &mut Browser, connection: &str) -> Page {
    browser.stop_at = Some(app.hub.url("login/callback"));
    let asked = app.ask(&[("connection", connection)]);
    let page = browser.walk(&asked.url, &[]).await;
    assert!(page.stopped, "{page:?}");
    browser.stop_at = Some(CALLBACK.into());
    page
}

/// Gives a provider's answer to the hub, as that provider's page or redirect would.
async fn deliver(browser: &mut Browser, answer: &Page) -> Page {
    let page = match &answer.posted {
        Some(fields) => {
            let from = url::Url::parse("http://127.0.0.1:1/").unwrap();
            browser.post(answer.url.as_str(), fields.clone(), Some(&from)).await
        }
        None => browser.open(answer.url.as_str()).await,
    };
    browser.walk_on(page, &[]).await
}

fn is_signed_in(browser: &Browser) -> bool {
    browser.cookies().iter().any(|cookie| cookie.name.ends_with("_session"))
}

/// A page of the hub with an error, which never redirects.
fn assert_refused_on_a_page(page: &Page, what: &str) {
    assert!(!page.stopped && page.status.is_client_error(), "{what}: {page:?}");
}

#[actix_web::test]
async fn a_replayed_callback_is_refused() {
    for database in each_database() {
        let kind = database.kind;
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let providers = connect(&app, &["acme"], Channel::BackChannel).await;
        // Not even a provider that redeems a code twice helps.
        providers[0].behave(Behaviour { codes_live_on: true, ..Behaviour::default() });
        let mut browser = browser();
        let answer = answer_of(&app, &mut browser, "acme").await;
        let before = browser.clone();
        let page = deliver(&mut browser, &answer).await;
        assert!(page.answered("code").is_some(), "{kind:?}: {page:?}");
        assert_refused_on_a_page(&deliver(&mut browser, &answer).await, "in the same browser");
        // A browser that kept its cookies of before, as a thief of them would.
        let mut restored = before;
        assert_refused_on_a_page(&deliver(&mut restored, &answer).await, "in a browser set back");
        assert!(!is_signed_in(&restored));
        assert_eq!(hub.database.count("sessions"), 1, "{kind:?}");
    }
}

#[actix_web::test]
async fn a_replayed_form_post_is_refused() {
    for database in each_database() {
        let kind = database.kind;
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let _providers = connect(&app, &["acme"], Channel::FrontChannel).await;
        let mut browser = browser();
        let answer = answer_of(&app, &mut browser, "acme").await;
        let before = browser.clone();
        let page = deliver(&mut browser, &answer).await;
        assert!(page.answered("code").is_some(), "{kind:?}: {page:?}");
        assert_refused_on_a_page(&deliver(&mut browser, &answer).await, "in the same browser");
        let mut restored = before;
        assert_refused_on_a_page(&deliver(&mut restored, &answer).await, "in a browser set back");
        assert!(!is_signed_in(&restored));
        assert_eq!(hub.database.count("sessions"), 1, "{kind:?}");
    }
}

#[actix_web::test]
async fn an_answer_is_worth_nothing_in_another_browser() {
    for channel in BOTH {
        let hub = TestHub::start(sqlite()).await;
        let app = Application::register(&hub).await;
        let _providers = connect(&app, &["acme"], *channel).await;
        let answer = answer_of(&app, &mut browser(), "acme").await;
        let mut stranger = browser();
        assert_refused_on_a_page(&deliver(&mut stranger, &answer).await, "without a login");
        answer_of(&app, &mut stranger, "acme").await;
        assert_refused_on_a_page(&deliver(&mut stranger, &answer).await, "with a login of its own");
        assert!(!is_signed_in(&stranger));
        assert_eq!(hub.database.count("users"), 0);
    }
}

#[actix_web::test]
async fn an_answer_with_another_state_is_refused_on_a_page() {
    let hub = TestHub::start(sqlite()).await;
    let app = Application::register(&hub).await;
    let _providers = connect(&app, &["acme"], Channel::BackChannel).await;
    let mut browser = browser();
    let honest = answer_of(&app, &mut browser, "acme").await;
    let state = honest.answered("state").unwrap();
    let (id, secret) = state.split_once('.').unwrap();
    for forged in [
        String::new(),
        id.to_owned(),
        format!("{id}."),
        format!("{id}.{}", &secret[1..]),
        format!("{id}.{secret}A"),
        format!("x{id}.{secret}"),
        "a".repeat(10_000),
        "../../etc.passwd".into(),
    ] {
        let mut answer = honest.clone();
        let pairs: Vec<(String, String)> = honest
            .answer()
            .into_iter()
            .map(|(name, value)| (name.clone(), if name == "state" { forged.clone() } else { value }))
            .collect();
        answer.url.query_pairs_mut().clear().extend_pairs(pairs);
        assert_refused_on_a_page(&deliver(&mut browser, &answer).await, &forged);
    }
    let mut twice = honest.clone();
    twice.url.query_pairs_mut().append_pair("state", &state);
    assert_refused_on_a_page(&deliver(&mut browser, &twice).await, "state twice");
    assert_eq!(hub.database.count("users"), 0);
    let page = deliver(&mut browser, &honest).await;
    assert!(page.answered("code").is_some(), "the honest answer still counts: {page:?}");
}

/// IdP mix-up: the answer of one provider reaches the login of another.
#[actix_web::test]
async fn an_answer_of_one_connection_never_completes_a_login_of_another() {
    for channel in BOTH {
        let hub = TestHub::start(sqlite()).await;
        let app = Application::register(&hub).await;
        let providers = connect(&app, &["acme", "evil"], *channel).await;
        let mut browser = browser();
        let of_acme = answer_of(&app, &mut browser, "acme").await;
        let of_evil = answer_of(&app, &mut browser, "evil").await;
        // The evil provider sends what acme issued, under the state of its own login.
        let credential = |page: &Page| page.answered("code").or_else(|| page.answered("id_token")).unwrap();
        let mut mixed = of_evil.clone();
        let swapped: Vec<(String, String)> = of_evil
            .answer()
            .into_iter()
            .map(|(name, value)| match name.as_str() {
                "code" | "id_token" => (name, credential(&of_acme)),
                _ => (name, value),
            })
            .collect();
        match &mut mixed.posted {
            Some(fields) => *fields = swapped,
            None => drop(mixed.url.query_pairs_mut().clear().extend_pairs(swapped)),
        }
        let page = deliver(&mut browser, &mixed).await;
        assert!(page.answered("error").is_some(), "{channel:?}: {page:?}");
        assert!(!is_signed_in(&browser));
        assert_eq!(hub.database.count("users"), 0, "{channel:?}");
        assert_eq!(providers[0].counts().token(), 0, "no code of another login reaches acme");
        // The login at acme is untouched.
        let page = deliver(&mut browser, &of_acme).await;
        assert!(page.answered("code").is_some(), "{channel:?}: {page:?}");
    }
}
