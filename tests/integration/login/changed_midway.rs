//! A connection changes while somebody is at its provider: the login starts again, or is refused; it never
//! goes on by other settings than it departed with.

use vestibule::domain::connection::{Channel, Connection, RedirectUri};
use vestibule::store::StoreError;

use crate::support::application::{Application, CALLBACK, browser};
use crate::support::browser::{Browser, Page};
use crate::support::databases::each_database;
use crate::support::fake_provider::FakeProvider;
use crate::support::hub::TestHub;

type Change = fn(&mut Connection);

/// Changes a connection as another node would.
async fn change(hub: &TestHub, connection: &Connection, edit: Change) {
    let mut changed = connection.clone();
    edit(&mut changed);
    let written = hub.hub.store.write(move |tx| tx.change_connection(&changed)).await;
    written.unwrap_or_else(|error: StoreError| panic!("{error}"));
    hub.hub.directory.forget();
}

/// Walks to the provider and back, and stops before the hub sees the answer.
async fn until_answered(hub: &TestHub, browser: &mut Browser, url: &str) -> Page {
    browser.stop_at = Some(hub.url("login/callback"));
    let page = browser.walk(url, &[]).await;
    browser.stop_at = Some(CALLBACK.into());
    page
}

#[actix_web::test]
async fn a_connection_closed_meanwhile_lets_nobody_in() {
    let closings: [(&str, Change); 2] = [
        ("disabled", |connection| connection.is_enabled = false),
        ("no longer enabled for the application", |connection| connection.enabled_clients.clear()),
    ];
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        for (number, (closing, edit)) in closings.into_iter().enumerate() {
            let name = format!("acme{number}");
            let connection = app.connect(provider.connection(&name, Channel::BackChannel)).await;
            let asked = app.ask(&[("connection", &name)]);
            let mut browser = browser();
            let answer = until_answered(&hub, &mut browser, &asked.url).await;
            change(&hub, &connection, edit).await;
            let page = browser.open(answer.url.as_str()).await;
            assert_eq!(asked.error_in(&hub, &page).as_deref(), Ok("access_denied"), "{closing}");
            // Nor does it let a new login begin.
            let again = app.ask(&[("connection", &name)]);
            let page = browser.walk(&again.url, &[]).await;
            assert!(page.answered("code").is_none(), "{closing}: {page:?}");
        }
        assert_eq!(provider.counts().token(), 0, "no code is redeemed");
        assert_eq!(hub.database.count("sessions"), 0);
        hub.stop().await;
    }
}

#[actix_web::test]
async fn a_connection_removed_meanwhile_lets_nobody_in() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        let connection = app.connect(provider.connection("acme", Channel::BackChannel)).await;
        let asked = app.ask(&[("connection", "acme")]);
        let mut browser = browser();
        let answer = until_answered(&hub, &mut browser, &asked.url).await;
        let (id, now) = (connection.id.clone(), hub.clock.now());
        let removed = hub.hub.store.write(move |tx| tx.remove_connection(&id, now)).await;
        assert!(removed.unwrap_or_else(|error: StoreError| panic!("{error}")));
        hub.hub.directory.forget();
        let page = browser.open(answer.url.as_str()).await;
        assert_eq!(asked.error_in(&hub, &page).as_deref(), Ok("access_denied"));
        assert_eq!(provider.counts().token(), 0);
        hub.stop().await;
    }
}

#[actix_web::test]
async fn a_connection_moved_to_another_provider_meanwhile_starts_the_login_again() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let (old, new) = (FakeProvider::start(&hub.clock), FakeProvider::start(&hub.clock));
        let connection = app.connect(old.connection("acme", Channel::BackChannel)).await;
        let asked = app.ask(&[("connection", "acme")]);
        let mut browser = browser();
        let answer = until_answered(&hub, &mut browser, &asked.url).await;
        let mut moved = connection.clone();
        moved.options.discovery_url = Some(new.issuer.clone());
        let written = hub.hub.store.write(move |tx| tx.change_connection(&moved)).await;
        written.unwrap_or_else(|error: StoreError| panic!("{error}"));
        hub.hub.directory.forget();

        let page = browser.walk(answer.url.as_str(), &[]).await;
        asked.claims_in(&app, &page).await;
        assert_eq!(old.counts().token(), 0, "the old provider's code is dropped");
        assert_eq!((new.counts().authorize(), new.counts().token()), (1, 1));
        hub.stop().await;
    }
}

/// It was sent out with the one, comes back to it, and then begins again with the other.
#[actix_web::test]
async fn a_redirect_uri_changed_meanwhile_starts_the_login_again() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        let mut connection = app.connect(provider.connection("acme", Channel::BackChannel)).await;
        for (now, path) in
            [(RedirectUri::Shared, "login/callback"), (RedirectUri::Connection, "login/callback/acme")]
        {
            let asked = app.ask(&[("connection", "acme")]);
            let mut browser = browser();
            let answer = until_answered(&hub, &mut browser, &asked.url).await;
            connection.options.redirect_uri = now;
            let changed = connection.clone();
            let written = hub.hub.store.write(move |tx| tx.change_connection(&changed)).await;
            connection.version = written.unwrap_or_else(|error: StoreError| panic!("{error}"));
            hub.hub.directory.forget();
            let redeemed = provider.counts().token();
            let page = browser.walk(answer.url.as_str(), &[]).await;
            asked.claims_in(&app, &page).await;
            assert_eq!(provider.counts().token(), redeemed + 1, "the first code is dropped");
            assert_eq!(provider.scenes().pop().unwrap().redirect_uri, hub.url(path));
        }
        hub.stop().await;
    }
}
