//! What the README promises: open the application, sign in at Acme, see who you are.

use super::program::Demo;
use crate::support::chromium::Chromium;

/// Signs in at Acme with the page of the address before the browser.
pub async fn prove(browser: &Chromium, email: &str, password: &str) {
    browser.fill("#email", email).await;
    browser.click("#continue").await;
    browser.fill("#password", password).await;
    browser.click("#sign-in").await;
    browser.element("#profile").await;
}

#[actix_web::test]
async fn ada_signs_in_through_acme_and_then_grace_does() {
    let demo = Demo::start();
    let browser = Chromium::start().await;
    let application = demo.application();
    for person in ["ada@acme.example", "analytical-engine", "grace@acme.example", "nanoseconds"] {
        assert!(demo.printed.contains(person), "{}", demo.printed);
    }
    assert!(demo.printed.contains(&format!("{application}/")), "{}", demo.printed);

    browser.open(&application).await;
    assert_eq!(browser.value("document.querySelectorAll('.route li').length").await, 3);
    browser.picture("demo-1-application").await;
    browser.click("#sign-in").await;
    browser.element("#email").await;
    assert_eq!(browser.url().await.port(), Some(demo.ports[1]), "Acme asks, nobody else");
    browser.picture("demo-2-acme").await;
    prove(&browser, "ada@acme.example", "analytical-engine").await;
    assert_eq!(browser.url().await.as_str(), format!("{application}/"));
    assert_eq!(browser.text("#name").await, "Ada Lovelace");
    assert!(browser.text("#profile").await.contains("\"email\": \"ada@acme.example\""));
    let id_token = browser.text("#id-token").await;
    for claim in ["\"connection\": \"acme\"", "\"sub\": \"oidc|acme|local|", "\"auth_time\": "] {
        assert!(id_token.contains(claim), "{id_token}");
    }
    assert!(browser.text("#access-token").await.contains("\"scope\": \"openid profile email\""));
    browser.picture("demo-3-signed-in").await;

    browser.click("#sign-out").await;
    browser.element("#sign-in").await;
    assert_eq!(browser.url().await.as_str(), format!("{application}/"));

    // Acme still knows Ada; somebody else says so.
    browser.click("#other-account").await;
    browser.click("#use-another").await;
    prove(&browser, "grace@acme.example", "nanoseconds").await;
    assert_eq!(browser.text("#name").await, "Grace Hopper");
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
