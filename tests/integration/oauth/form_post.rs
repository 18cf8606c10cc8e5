//! OAuth 2.0 Form Post Response Mode: the answer as a form. Incidents: CVE-2023-6927, CVE-2023-6134.

use crate::support::databases::each_database;
use crate::support::sign_in::{CALLBACK, STATE, Stage, code_of};

const HOSTILE: &str = "\"><script>alert(1)</script><b a='&amp;";

#[actix_web::test]
async fn an_answer_is_posted_to_the_redirect_uri_with_every_field() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.member().await;
        let page = browser.open(&stage.ask(&[("response_mode", "form_post")])).await;
        assert_eq!(page.status, 200);
        let form = page.form("form-post");
        assert!(form.is_post);
        assert_eq!(form.action.as_str(), CALLBACK);
        let names: Vec<&str> = form.fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["code", "state", "iss"]);
        assert!(form.fields.iter().all(|field| field.is_hidden));
        assert_eq!(form.buttons.len(), 1, "a browser without scripts needs a button");
        assert!(!page.headers.contains_key("location"));
        let page = browser.walk_on(page, &[]).await;
        assert_eq!(page.answered("state").as_deref(), Some(STATE));
        assert_eq!(stage.redeem(&code_of(&page)).await.status, 200);
    }
}

#[actix_web::test]
async fn the_page_holds_one_form_to_the_redirect_uri_and_runs_no_inline_script() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let page = stage.member().await.open(&stage.ask(&[("response_mode", "form_post")])).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
        assert!(directives.contains(&"base-uri 'none'"), "{policy}");
        assert!(
            !policy.contains("form-action"),
            "Chromium holds the application's redirects to it: {policy}"
        );
        assert_eq!(page.text.matches("<form").count(), 1);
        assert_eq!(page.text.matches("<script").count(), 1);
        assert!(directives.contains(&"script-src 'self'"), "{policy}");
        assert!(directives.contains(&"frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(page.text.split("<script").skip(1).all(|script| script.starts_with(" src=\"/static/")));
        assert_eq!(page.headers["cache-control"], "no-store");
    }
}

#[actix_web::test]
async fn a_hostile_state_is_escaped_and_comes_back_whole() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for mode in ["form_post", "query"] {
            let mut browser = stage.member().await;
            let page = browser.open(&stage.ask(&[("response_mode", mode), ("state", HOSTILE)])).await;
            assert!(!page.text.contains("<script>alert"), "{}", page.text);
            let page = browser.walk_on(page, &[]).await;
            assert_eq!(page.answered("state").as_deref(), Some(HOSTILE), "{mode}");
        }
    }
}

#[actix_web::test]
async fn errors_are_posted_too() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for changes in [
            [("response_mode", "form_post"), ("prompt", "none")],
            [("response_mode", "form_post"), ("response_type", "token")],
        ] {
            let page = stage.sign_in(&mut stage.browser(), &changes).await;
            assert!(page.posted.is_some(), "{page:?}");
            assert_eq!(page.url.as_str(), CALLBACK);
            crate::support::sign_in::error_of(&stage, &page);
        }
    }
}
