//! Classic accounts: an e-mail address and a password, guarded against guessing and against telling who exists.

use serde_json::json;

use crate::support::browser::{Browser, Page};
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{EMAIL, PASSWORD, PERSON, STATE, Stage, between, code_of};

const WRONG: &str = "canary of a wrong password";

/// To the password page for `email`.
async fn at_password(stage: &Stage, browser: &mut Browser, email: &str) -> Page {
    let page = browser.open(&stage.ask(&[])).await;
    browser.submit(&page, &page.forms()[0], &[("email", email)]).await
}

async fn try_password(browser: &mut Browser, page: &Page, password: &str) -> Page {
    browser.submit(page, &page.forms()[0], &[("password", password)]).await
}

/// What a page says, without what differs between any two logins.
fn shown(page: &Page, email: &str) -> String {
    let id = between(&page.text, "/login/", "/");
    page.text.replace(&id, "ID").replace(email, "EMAIL")
}

#[actix_web::test]
async fn a_known_and_an_unknown_address_get_the_same_pages_and_the_same_work() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let unknown = "nobody@people.example";
        let mut answers = Vec::new();
        for email in [EMAIL, unknown] {
            let mut browser = stage.browser();
            let page = at_password(&stage, &mut browser, email).await;
            let first = (page.status, shown(&page, email));
            let reads = stage.hub.hub.store.statement_counts().reads;
            let hashed = stage.hub.hub.password_gate.passwords_hashed();
            let page = try_password(&mut browser, &page, WRONG).await;
            let reads = stage.hub.hub.store.statement_counts().reads - reads;
            assert!(page.text.contains("id=\"problem\""), "{page:?}");
            answers.push((first, page.status, shown(&page, email)));
            assert_eq!(stage.hub.hub.password_gate.passwords_hashed() - hashed, 1, "{email}");
            // The same statements, give or take the look for other nodes' changes.
            assert!((1..=6).contains(&reads), "{email}: {reads} reads");
        }
        assert_eq!(answers[0], answers[1]);
        let log = stage.hub.log().await;
        let types: Vec<&str> = log.iter().rev().take(2).map(|entry| entry.log_type.as_str()).collect();
        assert_eq!(types, ["fp", "fp"]);
    }
}

#[actix_web::test]
async fn the_right_password_in_any_case_of_the_address_signs_in_and_nothing_else_does() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        let page = at_password(&stage, &mut browser, "ADA@People.Example").await;
        let page = try_password(&mut browser, &page, PASSWORD).await;
        code_of(&page);
        for wrong in
            ["", " ", &PASSWORD[1..], &format!("{PASSWORD} "), &PASSWORD.to_uppercase(), &"x".repeat(2_000)]
        {
            stage.hub.clock.advance(60);
            let mut browser = stage.browser();
            let page = at_password(&stage, &mut browser, EMAIL).await;
            let page = try_password(&mut browser, &page, wrong).await;
            assert!(!page.stopped, "{wrong:?}");
            assert!(page.text.contains("id=\"problem\""), "{wrong:?}");
        }
        assert_eq!(stage.count("sessions"), 1);
    }
}

#[actix_web::test]
async fn the_eleventh_attempt_is_put_off_and_time_gives_attempts_back() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        let mut page = at_password(&stage, &mut browser, EMAIL).await;
        for _ in 0..10 {
            page = try_password(&mut browser, &page, WRONG).await;
            assert!(page.text.contains("is not right"), "{page:?}");
        }
        let page = try_password(&mut browser, &page, PASSWORD).await;
        assert!(page.text.contains("Too many attempts"), "{page:?}");
        assert_eq!(stage.hub.log().await.last().unwrap().log_type, "limit_wc");
        assert_eq!(stage.count("sessions"), 0);
        // Another address is not hindered, known or unknown.
        let mut other = stage.browser();
        let at_other = at_password(&stage, &mut other, "nobody@people.example").await;
        assert!(try_password(&mut other, &at_other, WRONG).await.text.contains("is not right"));
        stage.hub.clock.advance(31);
        code_of(&try_password(&mut browser, &page, PASSWORD).await);
    }
}

#[actix_web::test]
async fn one_network_address_cannot_try_many_accounts() {
    let stage = Stage::on(sqlite()).await;
    let mut last = String::new();
    // The allowance grows while this tries, though never as fast.
    for number in 0..200 {
        let email = format!("person{number}@people.example");
        let mut browser = stage.browser();
        let page = at_password(&stage, &mut browser, &email).await;
        last = try_password(&mut browser, &page, WRONG).await.text;
        if last.contains("Too many attempts") {
            assert!(number >= 50, "refused after {number} attempts");
            return;
        }
    }
    panic!("never refused: {last}");
}

#[actix_web::test]
async fn a_password_is_in_no_page_no_log_and_no_table() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        let page = at_password(&stage, &mut browser, EMAIL).await;
        let page = try_password(&mut browser, &page, WRONG).await;
        assert!(!page.text.contains(WRONG));
        code_of(&browser.walk_on(page, PERSON).await);
        let log = format!("{:?}", stage.hub.log().await);
        let dump = stage.hub.database.dump();
        for secret in [WRONG, PASSWORD] {
            assert!(!log.contains(secret) && !dump.contains(secret), "{secret}");
        }
        assert!(dump.contains("$argon2id$v=19$m=19456,t=2,p=1$"));
    }
}

#[actix_web::test]
async fn a_blocked_person_is_refused_with_the_right_password_alone() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let path = format!("users/{}", stage.user_id.replace('|', "%7C"));
        stage.manage(reqwest::Method::PATCH, &path, json!({"blocked": true})).await;
        let mut browser = stage.browser();
        let page = at_password(&stage, &mut browser, EMAIL).await;
        let wrong = try_password(&mut browser, &page, WRONG).await;
        assert!(wrong.text.contains("is not right"), "{wrong:?}");
        let page = try_password(&mut browser, &wrong, PASSWORD).await;
        assert_eq!(page.answered("error").as_deref(), Some("access_denied"));
        assert_eq!(page.answered("state").as_deref(), Some(STATE));
        assert_eq!((stage.count("sessions"), stage.count("grants")), (0, 0));
    }
}
