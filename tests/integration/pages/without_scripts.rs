//! Everything works where pages may not run scripts.

use std::time::{Duration, Instant};

use super::stage::{EMAIL, PASSWORD, Stage};
use crate::support::chromium::Chromium;

#[actix_web::test]
async fn signing_in_needs_no_script() {
    let stage = Stage::set().await;
    let browser = Chromium::start_as("en", false).await;
    browser.open(&stage.notes(&[])).await;
    stage.sign_in(&browser).await;
}

#[actix_web::test]
async fn an_answer_by_form_post_has_a_button() {
    let stage = Stage::set().await;
    let browser = Chromium::start_as("en", false).await;
    browser.open(&stage.notes(&[("response_mode", "form_post")])).await;
    browser.fill("#email", EMAIL).await;
    browser.click("#continue").await;
    browser.fill("#password", PASSWORD).await;
    let started = Instant::now();
    browser.click("#sign-in").await;
    // It is shown after a moment: where scripts run, the page is gone by then.
    let button = browser.element("#form-post #continue").await;
    while !button.is_displayed().await.unwrap() {
        assert!(started.elapsed() < Duration::from_secs(10), "no button");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    browser.picture("form-post-without-scripts").await;
    button.click().await.unwrap();
    browser.arrive_at(&stage.hub.issuer).await;
}
