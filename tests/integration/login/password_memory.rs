//! What passwords cost the machine: as much memory as was set aside for them, however many are tried.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::browser::{Browser, Page};
use crate::support::databases::{each_database, sqlite};
use crate::support::process::Process;

/// Browsers that try passwords at the same time, each from a network of its own, and how often each does.
const AT_ONCE: usize = 40;
const TRIES: usize = 10;
/// Two hashes at once are 38 MiB; the rest is what connections, pages and the allocator's arenas take.
const GROWTH: usize = 72 << 20;

/// A browser in a network of its own, at the page that asks for a password.
async fn at_password(ask: &str, number: usize) -> (Browser, Page) {
    let mut browser = Browser::new().stopping_at("https://app.example/");
    let address = format!("198.18.{number}.7");
    browser.headers.insert("x-forwarded-for", address.parse().unwrap());
    let page = browser.open(ask).await;
    let email = format!("person-{number}@people.example");
    let page = browser.submit(&page, &page.forms()[0], &[("email", &email)]).await;
    assert!(page.text.contains("type=\"password\""), "{page:?}");
    (browser, page)
}

#[actix_web::test]
async fn wrong_passwords_do_not_add_up_in_memory() {
    for database in each_database() {
        let hub = Process::start(database, &[("VESTIBULE_TRUSTED_PROXIES", "127.0.0.0/8,::1")]).await;
        let ask = hub.stage().await;
        let browsers = join_all((0..AT_ONCE).map(|number| at_password(&ask, number))).await;
        let before = hub.resident_bytes();
        let tried = browsers.into_iter().map(|(mut browser, mut page)| async move {
            for _ in 0..TRIES {
                page = browser.submit(&page, &page.forms()[0], &[("password", "wrong")]).await;
                assert!(page.text.contains("is not right"), "{page:?}");
            }
        });
        join_all(tried).await;
        let grown = hub.resident_bytes().saturating_sub(before);
        assert!(grown < GROWTH, "{} tries left {} MiB", AT_ONCE * TRIES, grown >> 20);
    }
}

/// Whoever adds people hashes passwords too.
#[actix_web::test]
async fn people_who_are_added_at_the_same_time_do_not_add_up_in_memory() {
    let hub = Process::start(sqlite(), &[]).await;
    hub.stage().await;
    let before = hub.resident_bytes();
    let added = (0..100).map(|number| {
        let email = format!("person-{number}@people.example");
        hub.create(
            "users",
            json!({"connection": "people", "email": email, "password": "as long as it takes"}),
        )
    });
    join_all(added).await;
    let grown = hub.resident_bytes().saturating_sub(before);
    assert!(grown < GROWTH, "100 people left {} MiB", grown >> 20);
}
