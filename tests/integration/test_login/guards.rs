//! What a test must not be good for: a sign-in, a second test, or a look at somebody else's report.

use serde_json::json;
use vestibule::domain::connection::Channel;

use super::{CHANNELS, Trial, deliver, outcome};
use crate::support::browser::Browser;
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::FakeProvider;
use crate::support::sign_in::{Stage, code_of, error_code};

#[actix_web::test]
async fn a_link_works_once_and_looking_at_it_uses_nothing_up() {
    for database in each_database() {
        let trial = Trial::on(database, Channel::BackChannel).await;
        let (_, link) = trial.link().await;
        for _ in 0..3 {
            let page = Browser::new().open(&link).await;
            assert_eq!(page.status, 200, "a preview");
        }
        let mut browser = Browser::new();
        assert_eq!(outcome(&trial.walk(&mut browser, &link).await), "passed");
        // In the same browser it leads to the report, and begins nothing.
        let sent = trial.provider.counts().authorize();
        let again = browser.open(&link).await;
        assert_eq!((outcome(&again).as_str(), again.url.query()), ("passed", None));
        // In another one it leads nowhere, by reading or by its form.
        let mut other = Browser::new();
        let page = other.open(&link).await;
        assert_eq!((page.status.as_u16(), error_code(&page).as_str()), (410, "test-link-used"));
        assert_eq!(trial.provider.counts().authorize(), sent);
    }
}

#[actix_web::test]
async fn of_two_browsers_that_press_the_button_one_begins_the_test() {
    for database in each_database() {
        let trial = Trial::on(database, Channel::BackChannel).await;
        let (_, link) = trial.link().await;
        let (mut one, mut other) = (Browser::new(), Browser::new());
        let (first, second) = (one.open(&link).await, other.open(&link).await);
        let begun = one.submit(&first, &first.form("test"), &[]).await;
        assert_eq!(outcome(&one.walk_on(begun, &[]).await), "passed");
        let late = other.submit(&second, &second.form("test"), &[]).await;
        assert_eq!((late.status.as_u16(), error_code(&late).as_str()), (410, "test-link-used"));
    }
}

#[actix_web::test]
async fn an_answer_counts_once_and_only_in_the_browser_that_asked() {
    for channel in CHANNELS {
        for database in each_database() {
            let trial = Trial::on(database, channel).await;
            let (id, link) = trial.link().await;
            let (mut browser, answer) = trial.until_the_answer(&link).await;
            // Stolen on its way.
            let stolen = deliver(&mut Browser::new(), &answer).await;
            assert_eq!(error_code(&stolen), "login-expired", "no such login there");
            assert_eq!(trial.told(&id).await["status"], "at_provider");
            // With another state.
            let mut forged = answer.clone();
            let state = answer.answered("state").unwrap();
            let (trip, _) = state.split_once('.').unwrap();
            forged
                .url
                .query_pairs_mut()
                .clear()
                .append_pair("state", &format!("{trip}.guess"))
                .append_pair("code", "x");
            forged.posted = None;
            let page = deliver(&mut browser, &forged).await;
            assert_eq!((page.status.as_u16(), error_code(&page).as_str()), (400, "test-other-browser"));
            // Then it arrives, and once more.
            let replay = browser.clone();
            assert_eq!(outcome(&deliver(&mut browser, &answer).await), "passed");
            let (told, log) = (trial.told(&id).await, trial.stage.hub.log().await.len());
            let tokens = trial.provider.counts().token();
            let page = deliver(&mut replay.clone(), &answer).await;
            assert_ne!(page.status, 500);
            assert_eq!(trial.provider.counts().token(), tokens, "the code is not sent again");
            assert_eq!(trial.told(&id).await, told);
            assert_eq!(trial.stage.hub.log().await.len(), log + 1, "the token of one call");
        }
    }
}

/// What another company's provider answers under the state of a test comes to that connection's own redirect URI.
#[actix_web::test]
async fn an_answer_to_a_test_at_another_redirect_uri_is_refused_and_wastes_nothing() {
    for channel in CHANNELS {
        for database in each_database() {
            let trial = Trial::on(database, channel).await;
            let own = trial.connection.callback_path().as_str().to_owned();
            let (id, link) = trial.link().await;
            let (mut browser, answer) = trial.until_the_answer(&link).await;
            assert_eq!(answer.url.path(), own);
            let (told, tokens) = (trial.told(&id).await, trial.provider.counts().token());
            for path in
                ["/login/callback", "/login/callback/acme", "/login/callback/ACME", "/login/callback/evil"]
            {
                if path == own {
                    continue;
                }
                let mut elsewhere = answer.clone();
                elsewhere.url.set_path(path);
                let page = deliver(&mut browser, &elsewhere).await;
                let came = (page.status.as_u16(), error_code(&page));
                assert_eq!(came, (400, "test-wrong-callback".into()), "{channel:?} {path}");
            }
            assert_eq!(trial.provider.counts().token(), tokens, "no code goes anywhere");
            assert_eq!(trial.told(&id).await, told);
            let log = format!("{:?}", trial.stage.hub.log().await);
            assert!(log.contains("test-wrong-callback: the provider's answer did not come to"), "{log}");
            assert_eq!(outcome(&deliver(&mut browser, &answer).await), "passed");
        }
    }
}

/// An answer to a test brought to a login, and the other way round, with every cookie of both in one browser.
#[actix_web::test]
async fn neither_a_test_nor_a_login_takes_the_answer_to_the_other() {
    for channel in CHANNELS {
        let stage = Stage::on(sqlite()).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        let connection = stage.federate("acme", &provider, channel).await;
        let trial = Trial { stage, provider, connection };
        let (id, link) = trial.link().await;
        let (mut browser, to_test) = trial.until_the_answer(&link).await;
        browser.stop_at = Some(trial.stage.hub.url("login/callback"));
        let to_login = browser.walk(&trial.stage.ask(&[("connection", "acme")]), &[]).await;
        assert!(to_login.stopped);
        browser.stop_at = Some("https://app.example/".into());
        // The credentials of one under the state of the other.
        for (credentials, state) in [(&to_test, &to_login), (&to_login, &to_test)] {
            let mut crossed = credentials.clone();
            let state = state.answered("state").unwrap();
            let fields: Vec<(String, String)> = credentials
                .answer()
                .into_iter()
                .map(|(name, value)| if name == "state" { (name, state.clone()) } else { (name, value) })
                .collect();
            match &mut crossed.posted {
                Some(posted) => *posted = fields,
                None => drop(crossed.url.query_pairs_mut().clear().extend_pairs(fields)),
            }
            let page = deliver(&mut browser, &crossed).await;
            assert_eq!(page.answered("code"), None, "{page:?}");
        }
        assert_eq!(trial.told(&id).await["status"], "failed");
        assert_eq!(trial.stage.count("sessions") + trial.stage.count("grants"), 0);
        assert_eq!(trial.stage.count("users"), 1, "the classic account");
        // A test's cookie opens no page of a login.
        let (mut browser, to_test) = trial.until_the_answer(&trial.link().await.1).await;
        let state = to_test.answered("state").unwrap();
        let trip = state.split_once('.').unwrap().0;
        let page = browser.open(&trial.stage.hub.url(&format!("login/{trip}"))).await;
        assert_eq!(error_code(&page), "login-expired");
    }
}

/// What a browser keeps is its person's to rename; for what it was sealed is not.
#[actix_web::test]
async fn a_cookie_of_a_test_that_is_called_a_logins_is_none_and_the_other_way_round() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        let connection = stage.federate("acme", &provider, Channel::BackChannel).await;
        let trial = Trial { stage, provider, connection };
        let (id, link) = trial.link().await;
        let (mut browser, to_test) = trial.until_the_answer(&link).await;
        browser.stop_at = Some(trial.stage.hub.url("login/callback"));
        let to_login = browser.walk(&trial.stage.ask(&[("connection", "acme")]), &[]).await;
        for (answer, is_test, code) in
            [(&to_test, true, "login-expired"), (&to_login, false, "test-other-browser")]
        {
            let state = answer.answered("state").unwrap();
            let (trip, _) = state.split_once('.').unwrap();
            let cookie = browser.cookies().iter().find(|cookie| cookie.name.ends_with(trip)).unwrap();
            let renamed = match cookie.value.strip_prefix("test.") {
                Some(sealed) if is_test => format!("{}={sealed}", cookie.name),
                None if !is_test => format!("{}=test.{}", cookie.name, cookie.value),
                _ => panic!("{cookie:?}"),
            };
            let mut forger = Browser::new().stopping_at("https://app.example/");
            forger.headers.insert("cookie", renamed.parse().unwrap());
            let page = deliver(&mut forger, answer).await;
            assert_eq!(error_code(&page), code, "{page:?}");
        }
        assert_eq!(trial.told(&id).await["status"], "at_provider");
        assert_eq!((trial.provider.counts().token(), trial.stage.count("sessions")), (0, 0));
        // As they are, both are good.
        browser.stop_at = Some("https://app.example/".into());
        code_of(&deliver(&mut browser, &to_login).await);
        assert_eq!(outcome(&deliver(&mut browser, &to_test).await), "passed");
    }
}

#[actix_web::test]
async fn a_report_is_read_by_the_browser_that_began_its_test_and_by_administrators_alone() {
    for database in each_database() {
        let trial = Trial::on(database, Channel::BackChannel).await;
        let (id, link) = trial.link().await;
        let mut browser = Browser::new();
        let report = trial.walk(&mut browser, &link).await;
        assert_eq!(outcome(&browser.open(report.url.as_str()).await), "passed", "again");
        let elsewhere = report.url.as_str().replace("/acme/", "/people/");
        let mut another = Browser::new();
        assert_eq!(outcome(&trial.walk(&mut another, &trial.link().await.1).await), "passed");
        for (browser, address) in [
            (&mut Browser::new(), report.url.as_str()),
            (&mut another, report.url.as_str()),
            (&mut browser, elsewhere.as_str()),
        ] {
            let page = browser.open(address).await;
            assert_eq!(
                (page.status.as_u16(), error_code(&page).as_str()),
                (404, "test-not-here"),
                "{address}"
            );
        }
        trial.stage.hub.clock.advance(vestibule::domain::limits::TEST_REPORT_SECONDS);
        assert_eq!(error_code(&browser.open(report.url.as_str()).await), "test-not-here", "its life is over");
        let path = format!("connections/{}/tests/{id}", trial.connection.id);
        let token = trial.stage.hub.management_token().await;
        assert_eq!(super::call(&trial, reqwest::Method::GET, &path, &token).await.status, 404);
    }
}

/// Somebody else's page must not send a person to test what they do not mean to.
#[actix_web::test]
async fn a_test_begins_from_a_page_of_the_hub_alone() {
    let trial = Trial::on(sqlite(), Channel::BackChannel).await;
    let (_, link) = trial.link().await;
    let mut browser = Browser::new();
    let page = browser.open(&link).await;
    let form = page.form("test");
    let fields = form.fields.iter().map(|field| (field.name.clone(), field.value.clone())).collect();
    let evil = url::Url::parse("https://evil.example/").unwrap();
    let refused = browser.post(form.action.as_str(), fields, Some(&evil)).await;
    assert_eq!(refused.status, 403);
    assert_eq!(trial.provider.counts().authorize(), 0);
    assert_eq!(outcome(&trial.walk(&mut browser, &link).await), "passed", "nothing was used up");
}

#[actix_web::test]
async fn a_disabled_or_deleted_connection_is_not_tested() {
    for database in each_database() {
        let trial = Trial::on(database, Channel::BackChannel).await;
        let (_, link) = trial.link().await;
        let (id, other) = trial.link().await;
        let (mut away, answer) = trial.until_the_answer(&other).await;
        trial.change(json!({"is_enabled": false})).await;
        // Before it begins: the link is not used up.
        let mut browser = Browser::new();
        let page = browser.open(&link).await;
        assert_eq!((page.status.as_u16(), error_code(&page).as_str()), (409, "test-unavailable"));
        // On the way back.
        assert_eq!(outcome(&deliver(&mut away, &answer).await), "failed");
        let told = trial.told(&id).await;
        assert_eq!(
            (&told["failure"]["check"], &told["claims"]["id_token"]),
            (&json!("connection"), &json!(null))
        );
        assert_eq!(trial.provider.counts().token(), 0, "nothing was asked any more");
        trial.change(json!({"is_enabled": true})).await;
        let page = browser.open(&link).await;
        // Between the page and its button.
        trial.change(json!({"is_enabled": false})).await;
        let refused = browser.submit(&page, &page.form("test"), &[]).await;
        assert_eq!(error_code(&refused), "test-unavailable");
        trial.change(json!({"is_enabled": true})).await;
        let (mut away, answer) = trial.until_the_answer(&link).await;
        let path = format!("connections/{}", trial.connection.id);
        trial.stage.manage(reqwest::Method::DELETE, &path, serde_json::Value::Null).await;
        let page = deliver(&mut away, &answer).await;
        assert_eq!((page.status.as_u16(), error_code(&page).as_str()), (404, "test-not-here"));
        assert_eq!(trial.provider.counts().token(), 0);
        assert_eq!(trial.stage.count("test_logins"), 0, "the reports went with it");
    }
}

/// As a login does: never on with other settings than those it left by.
#[actix_web::test]
async fn a_connection_that_was_changed_meanwhile_is_tested_from_the_beginning() {
    for channel in CHANNELS {
        let trial = Trial::on(sqlite(), channel).await;
        let elsewhere = FakeProvider::start(&trial.stage.hub.clock);
        let (id, link) = trial.link().await;
        let (mut browser, answer) = trial.until_the_answer(&link).await;
        trial.change(json!({"options": {"discovery_url": elsewhere.issuer}})).await;
        let page = deliver(&mut browser, &answer).await;
        assert_eq!(outcome(&page), "passed", "{page:?}");
        assert_eq!(trial.provider.counts().token(), 0, "the code went to nobody else");
        let told = trial.told(&id).await;
        assert_eq!(told["claims"]["id_token"]["iss"], elsewhere.issuer.as_str());
        let kinds: Vec<_> =
            told["steps"].as_array().unwrap().iter().map(|step| step["kind"].clone()).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == "begun_again").count(), 1);
        // The first answer belongs to nothing any more.
        let page = deliver(&mut browser, &answer).await;
        assert_eq!(page.status, 400);
    }
}
