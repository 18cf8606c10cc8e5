//! A person types the code (RFC 8628 §3.3, §5.1, §5.4).

use super::{answer, asks_for_confirmation, asks_to_sign_in, stage};
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{fields, post_form};

#[actix_web::test]
async fn the_person_sees_who_asks_for_what_with_which_code() {
    for database in each_database() {
        let stage = stage(database).await;
        let (_, user_code) = stage.device().await;
        let mut browser = stage.browser();
        let page = stage.type_code(&mut browser, &user_code.to_lowercase().replace('-', " ")).await;
        assert!(asks_for_confirmation(&page), "{page:?}");
        assert!(page.text.contains(&user_code) && page.text.contains("App"), "{page:?}");
        let page = answer(&mut browser, &page, "allow").await;
        assert!(page.url.path().ends_with("/activate/done"), "{page:?}");
        assert!(page.text.contains("Your device is connected"), "{page:?}");
        assert!(browser.visited.iter().all(|url| url.starts_with(&stage.hub.issuer)), "{browser:?}");
    }
}

/// A first-party application, and a session that is there already: the person is asked all the same, each time.
#[actix_web::test]
async fn a_device_is_confirmed_every_time() {
    let stage = stage(sqlite()).await;
    let mut browser = stage.browser();
    for _ in 0..2 {
        let (device_code, user_code) = stage.device().await;
        let page = stage.type_code(&mut browser, &user_code).await;
        assert!(asks_for_confirmation(&page), "{page:?}");
        assert_eq!(stage.poll(&device_code).await.error().1, "authorization_pending");
        answer(&mut browser, &page, "allow").await;
        assert_eq!(stage.poll(&device_code).await.status, 200);
    }
}

#[actix_web::test]
async fn the_address_with_the_code_only_fills_it_in() {
    let stage = stage(sqlite()).await;
    let (device_code, user_code) = stage.device().await;
    let mut browser = stage.browser();
    let page = browser.open(&stage.hub.url(&format!("activate?user_code={user_code}"))).await;
    assert!(page.text.contains(&format!("value=\"{user_code}\"")), "{page:?}");
    assert!(!asks_to_sign_in(&page));
    assert_eq!(stage.poll(&device_code).await.error().1, "authorization_pending");
    let page = browser.open(&stage.hub.url("activate?user_code=%22%3E%3Cscript%3E")).await;
    assert!(!page.text.contains("<script>"), "{page:?}");
}

/// Incident 31: one yes for one code, even where the form is sent twice, or typed in two browsers.
#[actix_web::test]
async fn a_code_is_answered_once() {
    for database in each_database() {
        let stage = stage(database).await;
        let (device_code, user_code) = stage.device().await;
        let (mut one, mut other) = (stage.browser(), stage.browser());
        let first = stage.type_code(&mut one, &user_code).await;
        let second = stage.type_code(&mut other, &user_code).await;
        answer(&mut one, &first, "allow").await;
        let again = answer(&mut one, &first, "deny").await;
        let late = answer(&mut other, &second, "allow").await;
        assert!(!late.text.contains("Your device is connected"), "{late:?}");
        assert!(!again.text.contains("Your device is connected"), "{again:?}");
        let page = stage.type_code(&mut stage.browser(), &user_code).await;
        assert!(page.text.contains("id=\"problem\""), "nobody waits for an answer any more: {page:?}");
        assert_eq!(stage.poll(&device_code).await.status, 200);
        let page = stage.type_code(&mut stage.browser(), &user_code).await;
        assert!(page.text.contains("id=\"problem\""), "a used code is unknown: {page:?}");
    }
}

/// Whoever typed the code in time has to answer in time too.
#[actix_web::test]
async fn a_yes_that_comes_too_late_connects_nothing() {
    for database in each_database() {
        let stage = stage(database).await;
        let (device_code, user_code) = stage.device().await;
        let mut browser = stage.browser();
        let page = stage.type_code(&mut browser, &user_code).await;
        assert!(asks_for_confirmation(&page), "{page:?}");
        stage.hub.clock.advance(900);
        let late = answer(&mut browser, &page, "allow").await;
        assert!(!late.text.contains("Your device is connected"), "{late:?}");
        assert_eq!(stage.poll(&device_code).await.error(), (400, "expired_token"));
        assert_eq!(stage.count("grants"), 0);
    }
}

#[actix_web::test]
async fn guessing_codes_is_slow() {
    let stage = stage(sqlite()).await;
    let mut browser = stage.browser();
    let page = browser.open(&stage.hub.url("activate")).await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let answer = browser.submit(&page, &page.forms()[0], &[("user_code", "BCDF-GHJK")]).await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!((statuses[0], statuses[11]), (200, 429), "{statuses:?}");
    let log = stage.hub.log().await;
    assert!(log.iter().any(|entry| entry.log_type == "fdeac"), "{log:?}");
}

/// The yes belongs to the browser in which the code was typed, and to our page there.
#[actix_web::test]
async fn neither_another_site_nor_another_browser_says_yes() {
    let stage = stage(sqlite()).await;
    let (device_code, user_code) = stage.device().await;
    let mut browser = stage.browser();
    let page = stage.type_code(&mut browser, &user_code).await;
    let action = page.forms()[0].action.clone();
    let yes = fields(&[("choice", "allow")]);
    let evil = url::Url::parse("https://evil.example/").unwrap();
    let forged = browser.post(action.as_str(), yes.clone(), Some(&evil)).await;
    assert_eq!(forged.status, 403, "{forged:?}");
    let strange = stage.browser().post(action.as_str(), yes, Some(&page.url)).await;
    assert!(!strange.text.contains("Your device is connected"), "{strange:?}");
    assert_eq!(stage.poll(&device_code).await.error().1, "authorization_pending");
    answer(&mut browser, &page, "allow").await;
    assert_eq!(stage.poll(&device_code).await.status, 200);
}

#[actix_web::test]
async fn another_site_cannot_type_a_code() {
    let stage = stage(sqlite()).await;
    let (_, user_code) = stage.device().await;
    let form = fields(&[("user_code", &user_code)]);
    let elsewhere = [("origin", "https://evil.example")];
    let answer = post_form(&stage.hub.url("activate"), &form, &elsewhere).await;
    assert_eq!(answer.status, 403, "{answer:?}");
}
