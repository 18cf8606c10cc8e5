//! A login is sealed in the browser that began it: nobody else can finish it, nobody can change it, nothing of
//! it works twice.

use reqwest::header::{HeaderName, HeaderValue};
use serde_json::json;

use crate::support::browser::{Browser, Page};
use crate::support::databases::each_database;
use crate::support::sign_in::{
    Answer, EMAIL, PASSWORD, PERSON, STATE, Stage, add_client, ask, changed, code_of, error_code, fields,
    http, post_form, read,
};

/// The name and value of the cookie that holds the login of `page`.
fn login_cookie(browser: &Browser, page: &Page) -> (String, String) {
    let id = page.url.path().split('/').nth(2).unwrap();
    let cookie = browser.cookies().iter().find(|cookie| cookie.name.ends_with(id)).unwrap();
    (cookie.name.clone(), cookie.value.clone())
}

fn logins(browser: &Browser) -> usize {
    browser.cookies().iter().filter(|cookie| cookie.name.contains("_login_")).count()
}

async fn get_with(url: &str, name: &str, value: &str) -> Answer {
    read(http().get(url).header("cookie", format!("{name}={value}"))).await
}

/// To the password page of a login in `browser`.
async fn at_password(stage: &Stage, browser: &mut Browser) -> Page {
    let page = browser.open(&stage.ask(&[])).await;
    let page = browser.submit(&page, &page.forms()[0], &[("email", EMAIL)]).await;
    assert!(page.text.contains("name=\"password\""), "{page:?}");
    page
}

#[actix_web::test]
async fn six_logins_go_on_side_by_side_and_the_seventh_drops_the_oldest() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        let mut pages = Vec::new();
        for number in 0..6 {
            pages.push(browser.open(&stage.ask(&[("state", &format!("tab {number}"))])).await);
            // Logins are told apart by age in whole seconds.
            stage.hub.clock.advance(1);
        }
        assert_eq!(logins(&browser), 6);
        for page in &pages {
            assert_eq!(browser.open(page.url.as_str()).await.status, 200);
        }
        browser.open(&stage.ask(&[("state", "tab 6")])).await;
        assert_eq!(logins(&browser), 6);
        assert_eq!(error_code(&browser.open(pages[0].url.as_str()).await), "login-expired");
        for (number, page) in pages.iter().enumerate().skip(1).rev() {
            let page = browser.open(page.url.as_str()).await;
            let page = browser.walk_on(page, PERSON).await;
            assert_eq!(page.answered("state"), Some(format!("tab {number}")));
            code_of(&page);
        }
        assert_eq!(logins(&browser), 1, "logins that are over leave nothing behind");
        assert_eq!(stage.count("sessions"), 1);
    }
}

/// Incidents: a request id, or a flow begun by an attacker, was enough to continue it (CVE-2022-39222, COSF).
#[actix_web::test]
async fn the_id_of_a_login_is_worth_nothing_without_its_cookie() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        let page = at_password(&stage, &mut browser).await;
        let mut stranger = stage.browser();
        at_password(&stage, &mut stranger).await;
        assert_eq!(error_code(&stranger.open(page.url.as_str()).await), "login-expired");
        let id = page.url.path().split('/').nth(2).unwrap();
        for (step, form) in [
            ("connection", fields(&[("email", EMAIL)])),
            ("password", fields(PERSON)),
            ("account", fields(&[("choice", "continue")])),
            ("consent", fields(&[("choice", "allow")])),
        ] {
            let url = stage.hub.url(&format!("login/{id}/{step}"));
            let page = stranger.post(&url, form, Some(&page.url)).await;
            assert_eq!(error_code(&page), "login-expired", "{step}");
        }
        assert_eq!(stage.count("sessions"), 0);
        let page = browser.walk_on(page, PERSON).await;
        code_of(&page);
    }
}

/// The cookie of one login under the name of another, too.
#[actix_web::test]
async fn a_tampered_cookie_opens_nothing() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        let page = at_password(&stage, &mut browser).await;
        let (name, value) = login_cookie(&browser, &page);
        let other_page = at_password(&stage, &mut browser).await;
        let (_, of_another_login) = login_cookie(&browser, &other_page);
        let url = page.url.as_str();
        assert_eq!(get_with(url, &name, &value).await.status, 200);
        // Version, key id, salt, ciphertext and tag: one letter of each, and of every 64th position.
        let positions = [0, 1, 2, 5, 7, 20, 38, 39, 45].into_iter().chain((64..value.len()).step_by(64));
        let mut forged: Vec<String> = positions
            .chain([value.len() - 1, value.len() - 12])
            .map(|index| {
                let mut letters: Vec<char> = value.chars().collect();
                letters[index] = if letters[index] == 'A' { 'B' } else { 'A' };
                letters.into_iter().collect()
            })
            .collect();
        forged.extend([
            String::new(),
            value[..value.len() - 1].to_owned(),
            value[..40].to_owned(),
            format!("{value}A"),
            of_another_login,
            "parked.".into(),
            format!("parked.{value}"),
            "x".repeat(5_000),
        ]);
        for value in forged {
            let before = stage.hub.log().await.len();
            let answer = get_with(url, &name, &value).await;
            assert_eq!(answer.status, 400, "{value}");
            assert!(answer.text.contains("login-expired"), "{value}");
            assert_eq!(stage.hub.log().await.len(), before + 1, "{value}");
        }
        let garbage = read(http().get(url).header("cookie", "=;;\"; a=b=c; \u{1f36a}")).await;
        assert_eq!(garbage.status, 400, "malformed cookies");
        assert_eq!(stage.count("sessions"), 0);
    }
}

#[actix_web::test]
async fn a_login_expires_after_half_an_hour() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        let page = at_password(&stage, &mut browser).await;
        stage.hub.clock.advance(30 * 60 - 5);
        assert_eq!(browser.open(page.url.as_str()).await.status, 200);
        stage.hub.clock.advance(5);
        assert_eq!(error_code(&browser.open(page.url.as_str()).await), "login-expired");
        let page = browser.submit(&page, &page.forms()[0], PERSON).await;
        assert_eq!(error_code(&page), "login-expired");
        assert_eq!(stage.count("sessions"), 0);
    }
}

#[actix_web::test]
async fn a_form_sent_again_gives_no_second_session_and_no_second_code() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        let page = at_password(&stage, &mut browser).await;
        let before = browser.clone();
        let answer = browser.submit(&page, &page.forms()[0], PERSON).await;
        code_of(&answer);
        let again = browser.submit(&page, &page.forms()[0], PERSON).await;
        assert_eq!(error_code(&again), "login-expired", "its cookie is gone");
        // Somebody kept the cookies of before the answer.
        let again = before.clone().submit(&page, &page.forms()[0], PERSON).await;
        assert_eq!(error_code(&again), "login-already-used");
        assert_eq!((stage.count("sessions"), stage.count("grants")), (1, 1));

        let page = browser.open(&stage.ask(&[("prompt", "consent")])).await;
        let before = browser.clone();
        code_of(&browser.submit(&page, &page.forms()[0], &[]).await);
        assert_eq!(error_code(&browser.submit(&page, &page.forms()[0], &[]).await), "login-expired");
        let again = before.clone().submit(&page, &page.forms()[0], &[]).await;
        assert_eq!(error_code(&again), "login-already-used");
        assert_eq!((stage.count("sessions"), stage.count("grants")), (1, 2));
    }
}

#[actix_web::test]
async fn of_twenty_equal_forms_at_once_one_signs_in() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let path = format!("connections/{}", stage.connection.id);
        stage.manage(reqwest::Method::PATCH, &path, json!({"is_domain_connection": true})).await;
        let mut browser = stage.member().await;
        let page = browser.open(&stage.ask(&[("prompt", "consent")])).await;
        let grants = stage.count("grants");
        let attempts = (0..20).map(|_| {
            let mut browser = browser.clone();
            let page = page.clone();
            async move { browser.submit(&page, &page.forms()[0], &[]).await }
        });
        let answers = futures_util::future::join_all(attempts).await;
        assert_eq!(answers.iter().filter(|page| page.stopped).count(), 1);
        assert_eq!(stage.count("grants"), grants + 1);
    }
}

#[actix_web::test]
async fn a_form_from_a_page_of_another_origin_is_refused() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        let page = at_password(&stage, &mut browser).await;
        let (name, value) = login_cookie(&browser, &page);
        let cookie = format!("{name}={value}");
        let id = page.url.path().split('/').nth(2).unwrap();
        for origin in ["https://evil.example", "null", "http://localhost", "http://localhost:1", ""] {
            for (step, form) in [
                ("connection", fields(&[("email", EMAIL)])),
                ("password", fields(PERSON)),
                ("account", fields(&[("choice", "continue")])),
                ("consent", fields(&[("choice", "allow")])),
            ] {
                let url = stage.hub.url(&format!("login/{id}/{step}"));
                let answer = post_form(&url, &form, &[("origin", origin), ("cookie", &cookie)]).await;
                assert_eq!(answer.status, 403, "{step} from {origin:?}");
                assert!(answer.headers.get("location").is_none());
            }
        }
        assert_eq!(stage.count("sessions"), 0);
    }
}

#[actix_web::test]
async fn malformed_forms_of_our_pages_change_nothing() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.member().await;
        let page = browser.open(&stage.ask(&[("prompt", "consent")])).await;
        let consent = page.forms()[0].action.clone();
        for (form, code) in [
            (fields(&[]), "invalid-request"),
            (fields(&[("choice", "yes")]), "invalid-request"),
            (fields(&[("choice", "allow"), ("choice", "deny")]), "invalid-request"),
            (fields(&[("choice", &"x".repeat(70_000))]), "request-too-large"),
        ] {
            let page = browser.post(consent.as_str(), form, Some(&page.url)).await;
            assert_eq!(error_code(&page), code);
        }
        browser.headers.insert(HeaderName::from_static("accept-language"), HeaderValue::from_static("fr"));
        code_of(&browser.post(consent.as_str(), changed(&[], "choice", "allow"), Some(&page.url)).await);
    }
}

#[actix_web::test]
async fn the_callback_refuses_what_no_login_asked_for() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        let page = at_password(&stage, &mut browser).await;
        let id = page.url.path().split('/').nth(2).unwrap();
        for (query, code) in [
            (String::new(), "invalid-request"),
            ("?code=x".into(), "invalid-request"),
            ("?state=nodot&code=x".into(), "invalid-request"),
            ("?state=unknown.secret&code=x".into(), "login-expired"),
            // The login is real, and was not sent to any provider.
            (format!("?state={id}.secret&code=x"), "login-other-browser"),
            (format!("?state={id}.&error=access_denied"), "login-other-browser"),
        ] {
            let before = stage.hub.log().await.len();
            let page = browser.open(&stage.hub.url(&format!("login/callback{query}"))).await;
            assert_eq!(error_code(&page), code, "{query}");
            assert_eq!(stage.hub.log().await.len(), before + 1, "{query}");
        }
        code_of(&browser.walk_on(page, PERSON).await);
    }
}

#[actix_web::test]
async fn an_application_that_is_removed_during_a_login_ends_it() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let other = add_client(&stage.hub, json!({})).await;
        let path = format!("connections/{}", stage.connection.id);
        let both = json!({"enabled_clients": [stage.app.client_id, other.client_id]});
        stage.manage(reqwest::Method::PATCH, &path, both).await;
        let mut browser = stage.browser();
        let page = browser.open(&ask(&stage.hub.issuer, &other.client_id, &[("state", STATE)])).await;
        let page = browser.submit(&page, &page.forms()[0], &[("email", EMAIL)]).await;
        let path = format!("clients/{}", other.client_id);
        stage.manage(reqwest::Method::DELETE, &path, serde_json::Value::Null).await;
        let page = browser.submit(&page, &page.forms()[0], &[("password", PASSWORD)]).await;
        assert_eq!(error_code(&page), "unknown-client");
        assert_eq!(stage.count("sessions"), 0);
    }
}
