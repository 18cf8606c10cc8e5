//! Cookies ignore ports: everything on localhost shares one jar.

use super::program::Demo;
use super::sign_in::prove;
use crate::support::chromium::Chromium;

#[actix_web::test]
async fn two_demos_in_one_browser_do_not_trample_each_other() {
    let demos = [Demo::start(), Demo::start()];
    let browser = Chromium::start().await;
    let people = [
        ("ada@acme.example", "analytical-engine", "Ada Lovelace"),
        ("grace@acme.example", "nanoseconds", "Grace Hopper"),
    ];
    for (demo, (email, password, name)) in demos.iter().zip(people) {
        browser.open(&format!("{}/sign-in", demo.application())).await;
        prove(&browser, email, password).await;
        assert_eq!(browser.text("#name").await, name);
    }
    for (demo, (_, _, name)) in demos.iter().zip(people) {
        // Signed in at the application, at the hub, and at Acme.
        browser.open(&demo.application()).await;
        assert_eq!(browser.text("#name").await, name);
        for which in [0, 1] {
            browser.open(&format!("{}/oidc/logout", demo.address(which))).await;
            browser.element("#sign-out").await;
        }
        browser.open(&format!("{}/sign-in", demo.application())).await;
        browser.element("#profile").await;
        assert_eq!(browser.text("#name").await, name);
    }
    // Signing out of one leaves the other alone.
    browser.open(&demos[0].application()).await;
    browser.click("#sign-out").await;
    browser.element("#sign-in").await;
    browser.open(&demos[1].application()).await;
    assert_eq!(browser.text("#name").await, "Grace Hopper");
}
