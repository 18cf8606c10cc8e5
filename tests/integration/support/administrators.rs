//! People who manage the hub: the links that make them, and how they get through the page.

use vestibule::domain::built_in::{TERMINAL_CLIENT_ID, TERMINAL_REDIRECT_URI};
use vestibule::flows::administrators::{invite_administrator, invite_first_administrator};

use super::browser::{Browser, Page};
use super::hub::TestHub;
use super::sign_in::{ask, code_of};

pub const ADMINISTRATOR: &str = "grace@hub.example";
pub const ADMINISTRATOR_PASSWORD: &str = "nanoseconds and microseconds";

/// What `vestibule serve` prints at a start; nothing if there is an administrator.
pub async fn first_link(hub: &TestHub) -> Option<String> {
    let own = &hub.hub;
    let made = invite_first_administrator(&own.store, &own.issuer, &own.random, None, own.clock.now());
    made.await.unwrap().map(|made| made.address.reveal().to_owned())
}

/// What `vestibule admins invite` prints.
pub async fn link_for(hub: &TestHub, email: &str) -> String {
    let own = &hub.hub;
    let now = own.clock.now();
    let made = invite_administrator(&own.store, &own.issuer, &own.random, email.to_owned(), now);
    made.await.unwrap().address.reveal().to_owned()
}

/// Opens the link, fills the page in and sends it.
pub async fn set_up(link: &str, email: &str, password: &str) -> Page {
    let mut browser = Browser::new();
    let page = browser.open(link).await;
    let Some(form) = page.forms().into_iter().next() else { return page };
    let answers =
        [("email", email), ("name", "Grace Hopper"), ("password", password), ("repeated", password)];
    browser.submit(&page, &form, &answers).await
}

/// Makes the first administrator; their user id.
pub async fn first_administrator(hub: &TestHub) -> String {
    let made = set_up(&first_link(hub).await.unwrap(), ADMINISTRATOR, ADMINISTRATOR_PASSWORD).await;
    assert_eq!(made.status, 200, "{made:?}");
    let all = hub.hub.store.read(|tx| tx.list_administrators()).await.unwrap();
    all.last().unwrap().user.user_id.clone()
}

/// A browser in which the first administrator is signed in, as `vestibule login` leaves one.
pub async fn administrators_browser(hub: &TestHub) -> Browser {
    let mut browser = Browser::new().stopping_at(TERMINAL_REDIRECT_URI);
    let person = [("email", ADMINISTRATOR), ("password", ADMINISTRATOR_PASSWORD)];
    let address = ask(&hub.issuer, TERMINAL_CLIENT_ID, &[("redirect_uri", TERMINAL_REDIRECT_URI)]);
    code_of(&browser.walk(&address, &person).await);
    browser
}
