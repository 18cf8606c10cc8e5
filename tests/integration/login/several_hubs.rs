//! Hubs side by side on one host, and one hub as several processes one after the other.

use serde_json::json;
use vestibule::domain::connection::Channel;

use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::FakeProvider;
use crate::support::sign_in::{PERSON, Stage, code_of, error_code};

/// Cookies ignore ports.
#[actix_web::test]
async fn two_hubs_on_one_host_keep_both_sessions_and_both_logins_in_one_browser() {
    for database in each_database() {
        let (one, two) = (Stage::on(database).await, Stage::on(sqlite()).await);
        let mut browser = one.browser();
        let at_one = browser.open(&one.ask(&[])).await;
        let at_two = browser.open(&two.ask(&[])).await;
        code_of(&browser.walk_on(at_one.clone(), PERSON).await);
        code_of(&browser.walk_on(at_two, PERSON).await);
        for stage in [&one, &two] {
            code_of(&browser.open(&stage.ask(&[("prompt", "none")])).await);
        }
        // What one hub sealed, the other does not even look at.
        let id = at_one.url.path().to_owned();
        let page = browser.open(&two.hub.url(&id)).await;
        assert_eq!(error_code(&page), "login-expired");
        let (of_one, of_two) = (one.code(&[]).await, two.code(&[]).await);
        assert_eq!(one.redeem(&of_two).await.status, 400);
        assert_eq!(one.redeem(&of_one).await.status, 200);
        assert_eq!(two.redeem(&of_two).await.status, 200);
    }
}

/// A second process on the same database, master key and address: what a restart, or another node, is.
#[actix_web::test]
async fn a_login_that_one_process_began_another_finishes() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        let other = stage.hub.another_node(&[]).await.address;
        let here = |url: &str| url.replacen(stage.hub.issuer.trim_end_matches('/'), &other, 1);

        let mut browser = stage.browser();
        let page = browser.open(&stage.ask(&[])).await;
        let page = browser.open(&here(page.url.as_str())).await;
        assert_eq!(page.status, 200, "{page:?}");
        browser.stop_at = Some(stage.hub.url("login/callback"));
        let page = browser.open(&stage.ask(&[("connection", "acme")])).await;
        assert!(page.stopped);
        browser.stop_at = Some("https://app.example/".into());
        let page = browser.open(&here(page.url.as_str())).await;
        // The first process redeems the code, and knows the session.
        assert_eq!(stage.redeem(&code_of(&page)).await.status, 200);
        code_of(&browser.open(&stage.ask(&[("prompt", "none")])).await);
    }
}

/// A change of settings on one process is seen by another within a second (CONTRACT, section 6).
#[actix_web::test]
async fn a_change_on_one_process_is_seen_by_another_within_a_second() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let other = stage.hub.another_node(&[]).await.address;
        let asked = stage.ask(&[]).replacen(stage.hub.issuer.trim_end_matches('/'), &other, 1);
        let mut browser = stage.browser();
        assert_eq!(browser.open(&asked).await.status, 200);
        let path = format!("clients/{}", stage.app.client_id);
        stage
            .manage(reqwest::Method::PATCH, &path, json!({"callbacks": ["https://app.example/elsewhere"]}))
            .await;
        actix_web::rt::time::sleep(std::time::Duration::from_millis(1_000)).await;
        assert_eq!(error_code(&browser.open(&asked).await), "redirect-uri-mismatch");
    }
}
