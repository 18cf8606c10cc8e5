//! An application with more connections than anybody would read: its login page, and what follows a change of one.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use vestibule::domain::limits;

use crate::support::browser::Page;
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::Stage;

/// A stage whose application has `count` connections with buttons, `company-0` and so on.
async fn stage_with(database: crate::support::databases::TestDatabase, count: usize) -> Stage {
    let stage = Stage::on(database).await;
    for number in 0..count {
        add(&stage, number).await;
    }
    stage
}

async fn add(stage: &Stage, number: usize) -> String {
    let body = json!({
        "name": format!("company-{number}"), "display_name": format!("Société n° {number}"), "strategy": "oidc",
        "show_as_button": true, "enabled_clients": [stage.app.client_id],
        "options": {"issuer": "http://127.0.0.1:1/", "client_id": "x"},
    });
    stage.hub.connection(body).await.id
}

/// The connections of the buttons on a page.
fn buttons(page: &Page) -> Vec<String> {
    let forms = page.forms();
    let buttons = forms.iter().flat_map(|form| &form.buttons).filter(|button| button.name == "connection");
    buttons.map(|button| button.value.clone()).collect()
}

#[actix_web::test]
async fn a_page_shows_every_button_or_a_search_that_finds_them_by_name() {
    let stage = stage_with(sqlite(), limits::LOGIN_BUTTONS).await;
    let mut browser = stage.browser();
    let page = browser.open(&stage.ask(&[])).await;
    assert_eq!(buttons(&page).len(), limits::LOGIN_BUTTONS);
    assert!(!page.text.contains("id=\"find\""));
    add(&stage, limits::LOGIN_BUTTONS).await;
    add(&stage, 200).await;

    let page = browser.open(&stage.ask(&[])).await;
    assert_eq!(buttons(&page), Vec::<String>::new());
    let search = page.forms().into_iter().find(|form| !form.is_post).expect("a search");
    let find = async |text: &str| {
        let mut browser = browser.clone();
        browser.submit(&page, &search, &[("find", text)]).await
    };
    for (text, expected) in [
        ("SOCIÉTÉ N° 7", vec!["company-7"]),
        ("company-20", vec!["company-20", "company-200"]),
        ("200", vec!["company-200"]),
        ("  n° 3 ", vec!["company-3"]),
        ("nobody's", vec![]),
        ("<b>%_", vec![]),
    ] {
        let found = find(text).await;
        assert_eq!(buttons(&found), expected, "{text}");
        assert_eq!(found.text.contains("id=\"found\""), expected.is_empty(), "{text}");
        assert!(!found.text.contains("<b>%_"));
    }
    let found = find("company").await;
    assert_eq!(buttons(&found).len(), limits::LOGIN_BUTTONS);
    assert!(found.text.contains("There are more."), "{found:?}");
    let french = browser.clone().open(&format!("{}?find=personne&ui_locales=fr", page.url)).await;
    assert!(french.text.contains("Aucune organisation ici ne s’appelle « personne »"), "{french:?}");

    // What was found leads on.
    let found = find("n° 7").await;
    let form = found.forms().into_iter().find(|form| form.buttons.iter().any(|one| one.value == "company-7"));
    let next = browser.submit(&found, &form.unwrap(), &[]).await;
    assert!(next.answered("error").is_some(), "its provider is not there: {next:?}");
    stage.hub.stop().await;
}

#[actix_web::test]
async fn after_an_edit_only_the_connection_that_was_edited_is_read_again() {
    for database in each_database() {
        let stage = stage_with(database, 3).await;
        let hub = &stage.hub.hub;
        let client = hub.directory.client(&stage.app.client_id).await.unwrap().unwrap();
        let buttons = async || {
            let offer = hub.directory.offer_of(&client).await.unwrap();
            offer.buttons().map(Arc::clone).collect::<Vec<_>>()
        };
        let before = buttons().await;
        let edited = &before[1];
        let path = format!("connections/{}", edited.id);
        stage.manage(Method::PATCH, &path, json!({"display_name": "Acme"})).await;
        let after = buttons().await;
        assert_eq!(after[1].display_name, "Acme");
        for other in [0, 2] {
            assert!(Arc::ptr_eq(&before[other], &after[other]), "read again");
        }
        // What is about no connection makes nobody look.
        stage.manage(Method::PATCH, &format!("clients/{}", client.client_id), json!({"name": "New"})).await;
        hub.directory.notice_changes().await.unwrap();
        let later = buttons().await;
        assert!(later.iter().zip(&after).all(|(one, other)| Arc::ptr_eq(one, other)));
        assert_eq!(hub.directory.client(&client.client_id).await.unwrap().unwrap().settings.name, "New");
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn what_becomes_of_a_connection_on_one_process_is_on_the_login_page_of_another_within_a_second() {
    for database in each_database() {
        let stage = stage_with(database, 3).await;
        let other = stage.hub.another_node(&[]).await.address;
        let asked = stage.ask(&[]).replacen(stage.hub.issuer.trim_end_matches('/'), &other, 1);
        let fresh = stage.browser();
        let shown = async || {
            // The page is at the address of both: asked for again at the other process.
            let mut browser = fresh.clone();
            let page = browser.open(&asked).await;
            let there = page.url.as_str().replacen(stage.hub.issuer.trim_end_matches('/'), &other, 1);
            let page = browser.open(&there).await;
            assert_eq!(page.status, 200, "{page:?}");
            page
        };
        assert_eq!(buttons(&shown().await), ["company-0", "company-1", "company-2"]);
        let ids = {
            let client = stage.hub.hub.directory.client(&stage.app.client_id).await.unwrap().unwrap();
            let offer = stage.hub.hub.directory.offer_of(&client).await.unwrap();
            offer.buttons().map(|way| way.id.clone()).collect::<Vec<_>>()
        };
        let path = |number: usize| format!("connections/{}", ids[number]);
        let within_a_second = || actix_web::rt::time::sleep(Duration::from_millis(1_000));
        stage.manage(Method::PATCH, &path(0), json!({"is_enabled": false})).await;
        stage.manage(Method::PATCH, &path(1), json!({"display_name": "Renamed"})).await;
        stage.manage(Method::DELETE, &path(2), serde_json::Value::Null).await;
        add(&stage, 7).await;
        within_a_second().await;
        let page = shown().await;
        assert_eq!(buttons(&page), ["company-1", "company-7"]);
        assert!(page.text.contains("Renamed"), "{page:?}");
        let clients = json!([{"client_id": stage.app.client_id, "status": false}]);
        stage.manage(Method::PATCH, &format!("{}/clients", path(1)), clients).await;
        within_a_second().await;
        assert_eq!(buttons(&shown().await), ["company-7"]);
        stage.hub.stop().await;
    }
}
