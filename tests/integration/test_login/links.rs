//! Links: who makes them, how long they are good, how many there are, and that none is kept as it is.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::connection::Channel;
use vestibule::domain::limits;

use super::{Trial, call, outcome};
use crate::support::administrators::{administrators_browser, first_administrator};
use crate::support::browser::Browser;
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{error_code, http, read};

async fn make(trial: &Trial, id: &str, body: Value) -> (u16, Value) {
    let url = trial.stage.hub.url(&format!("api/v2/connections/{id}/test"));
    let request = http().post(url).bearer_auth(trial.stage.hub.management_token().await);
    let answer = read(request.header("content-type", "application/json").body(body.to_string())).await;
    (answer.status, answer.json)
}

#[actix_web::test]
async fn what_opens_a_test_is_told_once_and_kept_hashed() {
    for database in each_database() {
        let trial = Trial::on(database, Channel::BackChannel).await;
        let (id, link) = trial.link().await;
        let token = link.split_once("ticket=").unwrap().1;
        let mut browser = Browser::new();
        trial.walk(&mut browser, &link).await;
        let held = browser.cookies().iter().find(|cookie| cookie.name.contains(&id)).unwrap().clone();
        let list = format!("connections/{}/tests", trial.connection.id);
        let list = trial.stage.manage(Method::GET, &list, Value::Null).await;
        assert_eq!(list.json["tests"][0]["id"], id.as_str());
        assert_eq!(list.json["tests"][0]["created_by"], json!({"client_id": "management"}));
        let log = format!("{:?}", trial.stage.hub.log().await);
        for secret in [token, held.value.as_str()] {
            for kept in
                [&trial.stage.hub.database.dump(), &list.text, &trial.told(&id).await.to_string(), &log]
            {
                assert!(!kept.contains(secret), "{kept}");
            }
        }
        // Nothing else takes the token.
        assert_eq!(trial.stage.userinfo(token).await.status, 401);
        let setup = link.replace("/test?", "/setup?");
        assert_eq!(error_code(&Browser::new().open(&setup).await), "ticket-unknown");
        assert_eq!(call(&trial, Method::GET, "connections", token).await.status, 401);
    }
}

#[actix_web::test]
async fn a_link_ends_and_is_of_one_connection() {
    for database in each_database() {
        let trial = Trial::on(database, Channel::BackChannel).await;
        let other = crate::support::sign_in::provider_connection(
            "globex",
            &trial.provider,
            Channel::BackChannel,
            &[],
        );
        trial.stage.hub.connection(other).await;
        let (_, link) = trial.link().await;
        for wrong in [
            link.replace("/acme/", "/globex/"),
            link.replace("/acme/", "/people/"),
            format!("{link}x"),
            trial.stage.hub.url("connections/acme/test"),
            trial.stage.hub.url("connections/nobody/test?ticket=x"),
        ] {
            let page = Browser::new().open(&wrong).await;
            assert_eq!(
                (page.status.as_u16(), error_code(&page).as_str()),
                (404, "ticket-unknown"),
                "{wrong}"
            );
        }
        let (_, made) = make(&trial, &trial.connection.id, json!({"ttl_sec": 3600})).await;
        let short = made["url"].as_str().unwrap();
        let page = Browser::new().open(short).await;
        trial.stage.hub.clock.advance(3600);
        let late = Browser::new().submit(&page, &page.form("test"), &[]).await;
        assert_eq!(error_code(&late), "ticket-unknown");
        assert_eq!(error_code(&Browser::new().open(short).await), "ticket-unknown");
        assert_eq!(Browser::new().open(&link).await.status, 200);
    }
}

#[actix_web::test]
async fn what_cannot_be_tested_gets_no_link_and_the_answer_says_why() {
    let trial = Trial::on(sqlite(), Channel::BackChannel).await;
    let id = trial.connection.id.clone();
    for (body, hint) in
        [(json!({"ttl_sec": 1}), "ttl_sec"), (json!({"hours": 1}), "hours"), (json!([]), "object")]
    {
        let (status, answer) = make(&trial, &id, body).await;
        assert!(status == 400 && answer["message"].as_str().unwrap().contains(hint), "{answer}");
    }
    let (status, answer) = make(&trial, &trial.stage.connection.id, json!({})).await;
    assert!(status == 403 && answer["message"].as_str().unwrap().contains("oidc"), "{answer}");
    assert_eq!(make(&trial, "con_0123456789abcdef", json!({})).await.0, 404);
    trial.change(json!({"is_enabled": false})).await;
    let (status, answer) = make(&trial, &id, json!({})).await;
    assert!(status == 409 && answer["message"].as_str().unwrap().contains("is_enabled"), "{answer}");
    assert_eq!(trial.stage.count("test_logins"), 0);
}

#[actix_web::test]
async fn a_connection_keeps_so_many_tests_and_no_more() {
    let trial = Trial::on(sqlite(), Channel::BackChannel).await;
    let (begun, link) = trial.link().await;
    assert_eq!(outcome(&trial.walk(&mut Browser::new(), &link).await), "passed");
    for _ in 1..limits::TESTS_PER_CONNECTION {
        trial.link().await;
    }
    let tests = async || {
        let path = format!("connections/{}/tests", trial.connection.id);
        let list = trial.stage.manage(Method::GET, &path, Value::Null).await.json;
        let ids = list["tests"].as_array().unwrap().iter().map(|test| test["id"].clone());
        ids.collect::<Vec<_>>()
    };
    assert!(tests().await.contains(&json!(begun)));
    trial.link().await;
    let kept = tests().await;
    assert_eq!(kept.len(), limits::TESTS_PER_CONNECTION);
    assert!(!kept.contains(&json!(begun)), "the oldest report went");
    let (status, answer) = make(&trial, &trial.connection.id, json!({})).await;
    assert_eq!((status, answer["errorCode"].as_str()), (409, Some("test_login_conflict")), "all are open");
}

/// By a ticket to the set-up page: as often as need be, within an hour's limit.
#[actix_web::test]
async fn the_set_up_page_leads_to_tests_that_no_link_was_made_for() {
    for database in each_database() {
        let trial = Trial::on(database, Channel::BackChannel).await;
        let path = format!("connections/{}/setup-tickets", trial.connection.id);
        let made = trial.stage.manage(Method::POST, &path, json!({})).await;
        let (ticket_id, setup) = (made.text_of("id"), made.text_of("ticket"));
        let mut browser = Browser::new();
        let page = browser.open(&setup).await;
        assert!(page.text.contains("id=\"test\""), "{}", page.text);
        let link = setup.replace("/setup?", "/test?");
        for _ in 0..limits::TESTS_PER_MAKER_AND_HOUR {
            assert_eq!(outcome(&trial.walk(&mut browser, &link).await), "passed");
        }
        let list = format!("connections/{}/tests", trial.connection.id);
        let list = trial.stage.manage(Method::GET, &list, Value::Null).await.json;
        assert_eq!(list["tests"][0]["created_by"], json!({"setup_ticket_id": ticket_id}));
        let page = browser.open(&link).await;
        let refused = browser.submit(&page, &page.form("test"), &[]).await;
        assert_eq!((refused.status.as_u16(), error_code(&refused).as_str()), (429, "test-too-many"));
        // Another person's browser may begin one too, and reads nobody else's report.
        trial.stage.hub.clock.advance(3600);
        let mut other = Browser::new();
        let page = trial.walk(&mut other, &link).await;
        assert_eq!(outcome(&page), "passed");
        assert_eq!(error_code(&browser.open(page.url.as_str()).await), "test-not-here");
        let held = browser.cookies().iter().filter(|cookie| cookie.name.contains("_test_")).count();
        assert_eq!(held, limits::TESTS_PER_BROWSER, "a browser holds so many");
        let path = format!("connections/{}/setup-tickets/{ticket_id}", trial.connection.id);
        trial.stage.manage(Method::DELETE, &path, Value::Null).await;
        assert_eq!(error_code(&browser.open(&link).await), "ticket-unknown");
    }
}

#[actix_web::test]
async fn a_link_that_was_taken_back_begins_nothing_and_a_report_that_was_removed_is_gone() {
    for database in each_database() {
        let trial = Trial::on(database, Channel::BackChannel).await;
        let path = |of: &str, id: &str| format!("connections/{of}/tests/{id}");
        let (id, link) = trial.link().await;
        let page = Browser::new().open(&link).await;
        // Another connection's path takes nothing back.
        trial.stage.manage(Method::DELETE, &path(&trial.stage.connection.id, &id), Value::Null).await;
        assert_eq!(Browser::new().open(&link).await.status, 200);
        trial.stage.manage(Method::DELETE, &path(&trial.connection.id, &id), Value::Null).await;
        let late = Browser::new().submit(&page, &page.form("test"), &[]).await;
        assert_eq!(error_code(&late), "ticket-unknown");
        let (id, link) = trial.link().await;
        let (mut browser, answer) = trial.until_the_answer(&link).await;
        trial.stage.manage(Method::DELETE, &path(&trial.connection.id, &id), Value::Null).await;
        assert_eq!(error_code(&super::deliver(&mut browser, &answer).await), "test-not-here");
        assert_eq!((trial.provider.counts().token(), trial.stage.count("test_logins")), (0, 0));
    }
}

#[actix_web::test]
async fn an_administrator_who_is_signed_in_needs_no_link_and_reads_every_report() {
    for database in each_database() {
        let trial = Trial::on(database, Channel::BackChannel).await;
        let user_id = first_administrator(&trial.stage.hub).await;
        let mut administrator = administrators_browser(&trial.stage.hub).await;
        administrator.stop_at = None;
        let address = trial.stage.hub.url("connections/acme/test");
        let own = trial.walk(&mut administrator, &address).await;
        assert_eq!(outcome(&own), "passed");
        let list = format!("connections/{}/tests", trial.connection.id);
        let list = trial.stage.manage(Method::GET, &list, Value::Null).await.json;
        assert_eq!(list["tests"][0]["created_by"], json!({"user_id": user_id}));
        let theirs = trial.walk(&mut Browser::new(), &trial.link().await.1).await;
        assert_eq!(outcome(&administrator.open(theirs.url.as_str()).await), "passed");
        // Somebody else who is signed in is nobody here.
        let mut member = trial.stage.member().await;
        member.stop_at = None;
        assert_eq!(error_code(&member.open(&address).await), "ticket-unknown");
        assert_eq!(error_code(&member.open(theirs.url.as_str()).await), "test-not-here");
    }
}
