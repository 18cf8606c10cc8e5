//! A sign-in without a pointer: the focus is where one types, Enter goes on, Tab reaches everything.

use fantoccini::key::Key;

use super::stage::{EMAIL, PASSWORD, Stage};
use crate::support::chromium::Chromium;

async fn focused(browser: &Chromium) -> String {
    browser.value("document.activeElement.id").await.as_str().unwrap().to_owned()
}

async fn press(browser: &Chromium, key: Key) {
    browser.press(&char::from(key).to_string()).await;
}

#[actix_web::test]
async fn the_keyboard_alone_signs_in() {
    let stage = Stage::set().await;
    let browser = Chromium::start().await;
    browser.open(&stage.notes(&[])).await;
    assert_eq!(focused(&browser).await, "email");
    browser.press(EMAIL).await;
    press(&browser, Key::Enter).await;
    browser.element("#password").await;
    assert_eq!(focused(&browser).await, "password");
    browser.press("wrong password").await;
    press(&browser, Key::Enter).await;
    browser.element("#problem").await;
    assert_eq!(focused(&browser).await, "password");
    browser.press(PASSWORD).await;
    press(&browser, Key::Enter).await;
    stage.arrives(&browser).await;
}

#[actix_web::test]
async fn tab_reaches_everything_in_reading_order_and_shows_where_it_is() {
    let stage = Stage::set().await;
    let browser = Chromium::start().await;
    browser.open(&stage.doors()).await;
    let order = [
        "email",
        "remember-email",
        "continue",
        "connection-acme",
        "connection-acme-labs",
        "connection-globex",
        "language-fr",
    ];
    for id in order {
        assert_eq!(focused(&browser).await, id);
        let outline = browser.value("getComputedStyle(document.activeElement).outlineStyle").await;
        assert_eq!(outline, "solid", "{id}");
        press(&browser, Key::Tab).await;
    }
}
