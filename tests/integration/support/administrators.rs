//! People who manage the hub: the links that make them, and how they get through the page.

use vestibule::domain::built_in::{TERMINAL_CLIENT_ID, TERMINAL_REDIRECT_URI};
use vestibule::flows::administrators::{invite_administrator, invite_first_administrator};

use super::browser::{Browser, Fields, Page};
use super::hub::TestHub;
use super::sign_in::{Answer, VERIFIER, ask, code_of, fields, post_form};

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

/// What the terminal asks for, with `changes` to its parameters.
pub fn terminal_asks(hub: &TestHub, changes: &[(&str, &str)]) -> String {
    let audience = hub.url("api/v2/");
    let mut own = vec![("redirect_uri", TERMINAL_REDIRECT_URI), ("audience", &audience)];
    own.extend_from_slice(changes);
    ask(&hub.issuer, TERMINAL_CLIENT_ID, &own)
}

/// Asks as the terminal, and signs the first administrator in wherever a page wants that.
pub async fn sign_in_at_terminal(hub: &TestHub, browser: &mut Browser, changes: &[(&str, &str)]) -> Page {
    browser.stop_at = Some(TERMINAL_REDIRECT_URI.to_owned());
    let person = [("email", ADMINISTRATOR), ("password", ADMINISTRATOR_PASSWORD)];
    browser.walk(&terminal_asks(hub, changes), &person).await
}

/// A browser in which the first administrator is signed in, as `vestibule login` leaves one.
pub async fn administrators_browser(hub: &TestHub) -> Browser {
    let mut browser = Browser::new();
    code_of(&sign_in_at_terminal(hub, &mut browser, &[]).await);
    browser
}

/// The terminal's token request for `code`.
pub fn terminal_exchange(code: &str) -> Fields {
    fields(&[
        ("grant_type", "authorization_code"),
        ("client_id", TERMINAL_CLIENT_ID),
        ("code", code),
        ("redirect_uri", TERMINAL_REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ])
}

/// Tokens of the first administrator for the Management API, with these scopes.
pub async fn administrators_tokens(hub: &TestHub, scope: &str) -> Answer {
    let code = code_of(&sign_in_at_terminal(hub, &mut Browser::new(), &[("scope", scope)]).await);
    let answer = post_form(&hub.url("oauth/token"), &terminal_exchange(&code), &[]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

/// The terminal's request for fresh tokens.
pub async fn refresh_at_terminal(hub: &TestHub, refresh_token: &str) -> Answer {
    let form = fields(&[
        ("grant_type", "refresh_token"),
        ("client_id", TERMINAL_CLIENT_ID),
        ("refresh_token", refresh_token),
    ]);
    post_form(&hub.url("oauth/token"), &form, &[]).await
}
