//! The browser's Back button, and pages that are no longer what they were.

use super::stage::{EMAIL, PASSWORD, Stage};
use crate::support::chromium::Chromium;

#[actix_web::test]
async fn back_from_the_password_leads_to_the_email_address_as_typed() {
    let stage = Stage::set().await;
    let browser = Chromium::start().await;
    browser.open(&stage.notes(&[])).await;
    browser.fill("#email", "grace@acme.example").await;
    browser.click("#continue").await;
    browser.element("#password").await;
    browser.window.back().await.unwrap();
    browser.element("#continue").await;
    let typed = browser.value("document.querySelector('#email').value").await;
    assert_eq!(typed, "grace@acme.example");
    stage.sign_in(&browser).await;
}

#[actix_web::test]
async fn back_from_the_chooser_leads_to_the_email_address_as_typed() {
    let stage = Stage::set().await;
    let browser = Chromium::start().await;
    browser.open(&stage.doors()).await;
    browser.fill("#email", EMAIL).await;
    browser.click("#continue").await;
    browser.element("#connection-acme-labs").await;
    assert!(!browser.shows("#email").await);
    browser.window.back().await.unwrap();
    browser.element("#email").await;
    assert_eq!(browser.value("document.querySelector('#email').value").await, EMAIL);
}

#[actix_web::test]
async fn reloading_the_password_page_keeps_it() {
    let stage = Stage::set().await;
    let browser = Chromium::start().await;
    browser.open(&stage.notes(&[])).await;
    browser.fill("#email", EMAIL).await;
    browser.click("#continue").await;
    browser.element("#password").await;
    browser.window.refresh().await.unwrap();
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    stage.arrives(&browser).await;
}

#[actix_web::test]
async fn back_after_the_sign_in_says_that_it_is_over() {
    let stage = Stage::set().await;
    let browser = Chromium::start().await;
    browser.open(&stage.notes(&[])).await;
    stage.sign_in(&browser).await;
    browser.window.back().await.unwrap();
    assert_eq!(browser.text("#error-code").await, "login-expired");
    assert!(browser.text(".message").await.contains("You may have completed it already"));
}
