//! Applications are told, server to server, that a session has ended (OpenID Connect Back-Channel Logout 1.0).

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vestibule::domain::limits;
use vestibule::domain::logout::LogoutNotice;
use vestibule::flows::sweep::sweep;

use crate::support::databases::{each_database, sqlite};
use crate::support::listening_app::{ListeningApp, read};
use crate::support::sign_in::{CALLBACK, SIGNED_OUT, Stage, claims_of};

/// Waits until the queue is empty, or holds `count` notices.
pub(super) async fn queue_holds(stage: &Stage, count: usize) {
    let began = Instant::now();
    while stage.count("logout_notices") != count {
        assert!(began.elapsed() < Duration::from_secs(10), "{} notices", stage.count("logout_notices"));
        actix_web::rt::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn types_in_log(stage: &Stage, log_type: &str) -> usize {
    stage.hub.log().await.iter().filter(|entry| entry.log_type == log_type).count()
}

#[actix_web::test]
async fn every_application_of_the_session_that_wants_to_know_is_told_once() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let apps = [ListeningApp::start(), ListeningApp::start(), ListeningApp::start()];
        let [one, two, stranger] = &apps;
        let first = stage.add_listener(one, one.back_channel()).await;
        let second = stage
            .add_listener(
                two,
                json!({
                    "oidc_logout": {"backchannel_logout_urls": [format!("{}/back", two.base)]},
                    "backchannel_logout_session_required": true, "id_token_signed_response_alg": "ES256",
                }),
            )
            .await;
        stage.add_listener(stranger, stranger.back_channel()).await;
        let (mut browser, id_token, _) = stage.signed_in().await;
        for app in [&first, &second, &first] {
            stage.sign_in_to(app, &mut browser).await;
        }
        let parameters = [("id_token_hint", id_token.as_str()), ("post_logout_redirect_uri", SIGNED_OUT)];
        assert_eq!(browser.open(&stage.logout(&parameters)).await.url.as_str(), SIGNED_OUT);
        let now = stage.hub.clock.now().seconds();

        let mut ids = Vec::new();
        for (app, registered, algorithm) in [(one, &first, "RS256"), (two, &second, "ES256")] {
            let token = app.hears(1).await.remove(0);
            let (header, claims) = read(&token);
            assert_eq!((&header["typ"], &header["alg"]), (&json!("logout+jwt"), &json!(algorithm)));
            let keys = stage.hub.hub.keys.current();
            assert!(keys.verify::<Value>(&token, "logout+jwt").is_some(), "signed by a published key");
            assert_eq!(claims["iss"], stage.hub.issuer);
            assert_eq!(claims["aud"], registered.client_id);
            assert_eq!(claims["sub"], stage.user_id);
            assert_eq!(claims["sid"], claims_of(&id_token)["sid"]);
            assert_eq!(claims["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
            let (issued, expires) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
            assert!((now - 5..=now + 5).contains(&issued) && expires - issued <= 120, "{claims}");
            assert!(claims.get("nonce").is_none(), "{claims}");
            ids.push(claims["jti"].as_str().unwrap().to_owned());
        }
        assert_ne!(ids[0], ids[1]);
        queue_holds(&stage, 0).await;
        assert_eq!((one.tokens().len(), two.tokens().len(), stranger.tokens().len()), (1, 1, 0));

        let log = stage.hub.log().await;
        let left = log.iter().find(|entry| entry.log_type == "slo").unwrap();
        let told: Vec<_> =
            log.iter().filter(|entry| entry.log_type == "oidc_backchannel_logout_succeeded").collect();
        assert_eq!(told.len(), 2);
        for entry in told {
            assert_eq!(entry.request_id, left.request_id);
            assert_eq!(entry.user_id.as_deref(), Some(stage.user_id.as_str()));
            assert!([&*first.client_id, &*second.client_id].contains(&entry.client_id.as_deref().unwrap()));
        }
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn an_application_that_never_answers_keeps_neither_the_person_nor_the_others_waiting() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let apps = [ListeningApp::start(), ListeningApp::start()];
        let [silent, other] = &apps;
        silent.fall_silent();
        let (mut browser, id_token, _) = stage.signed_in().await;
        for app in [silent, other] {
            let registered = stage.add_listener(app, app.back_channel()).await;
            stage.sign_in_to(&registered, &mut browser).await;
        }
        let began = Instant::now();
        let page = browser.open(&stage.logout(&[("id_token_hint", &id_token)])).await;
        assert_eq!(page.status, 200);
        silent.hears(1).await;
        other.hears(1).await;
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
}

/// Sessions enough that one application alone could take every place there is.
#[actix_web::test]
async fn an_application_that_hangs_takes_its_share_of_the_places_and_no_more() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let apps = [ListeningApp::start(), ListeningApp::start()];
        let [hanging, healthy] = &apps;
        hanging.fall_silent();
        let registered = stage.add_listener(hanging, hanging.back_channel()).await;
        let notices: Vec<LogoutNotice> = (0..2 * limits::LOGOUT_NOTICES_AT_ONCE)
            .map(|number| LogoutNotice {
                session_id: format!("session-{number}"),
                client_id: registered.client_id.clone(),
                user_id: stage.user_id.clone(),
                request_id: "request".into(),
                attempts: 0,
                due_at: stage.hub.clock.now(),
                created_at: stage.hub.clock.now(),
            })
            .collect();
        let hub = &stage.hub.hub;
        hub.store.write(move |tx| tx.add_logout_notices(&notices)).await.unwrap();
        hub.courier.wake();
        hanging.hears(limits::LOGOUT_NOTICES_PER_CLIENT).await;
        // Whoever signs out now is told of at once, while the others hang.
        let listener = stage.add_listener(healthy, healthy.back_channel()).await;
        let (mut browser, id_token, _) = stage.signed_in().await;
        stage.sign_in_to(&listener, &mut browser).await;
        let began = Instant::now();
        browser.open(&stage.logout(&[("id_token_hint", &id_token)])).await;
        healthy.hears(1).await;
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        assert_eq!(hanging.tokens().len(), limits::LOGOUT_NOTICES_PER_CLIENT);
    }
}

#[actix_web::test]
async fn an_application_that_fails_is_told_again_later_until_it_listens() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let app = ListeningApp::start();
        app.answer_with(503);
        let registered = stage.add_listener(&app, app.back_channel()).await;
        let (mut browser, id_token, _) = stage.signed_in().await;
        stage.sign_in_to(&registered, &mut browser).await;
        browser.open(&stage.logout(&[("id_token_hint", &id_token)])).await;
        let mut tokens = app.hears(1).await;
        for (number, wait) in limits::LOGOUT_NOTICE_RETRY_SECONDS.iter().take(2).enumerate() {
            // Not before its time.
            actix_web::rt::time::sleep(Duration::from_millis(1_200)).await;
            assert_eq!(app.tokens().len(), number + 1);
            if number == 1 {
                app.answer_with(204);
            }
            stage.hub.clock.advance(*wait);
            tokens = app.hears(number + 2).await;
        }
        queue_holds(&stage, 0).await;
        let claims: Vec<Value> = tokens.iter().map(|token| claims_of(token)).collect();
        assert!(claims[0]["jti"] != claims[1]["jti"] && claims[1]["jti"] != claims[2]["jti"]);
        assert!(
            claims[2]["iat"].as_i64() > claims[1]["iat"].as_i64(),
            "signed when it is sent, so that no delay outlives the token"
        );
        let log = stage.hub.log().await;
        let failed: Vec<_> =
            log.iter().filter(|entry| entry.log_type == "oidc_backchannel_logout_failed").collect();
        assert_eq!(failed.len(), 2);
        assert!(
            failed[0].description.contains("status 503") && failed[0].description.contains("next attempt")
        );
        assert_eq!(types_in_log(&stage, "oidc_backchannel_logout_succeeded").await, 1);
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn an_application_that_never_takes_it_is_given_up_and_the_log_says_so() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let app = ListeningApp::start();
        app.answer_with(400);
        let registered = stage.add_listener(&app, app.back_channel()).await;
        let (mut browser, id_token, _) = stage.signed_in().await;
        stage.sign_in_to(&registered, &mut browser).await;
        browser.open(&stage.logout(&[("id_token_hint", &id_token)])).await;
        let attempts = limits::LOGOUT_NOTICE_RETRY_SECONDS.len() + 1;
        for (number, wait) in limits::LOGOUT_NOTICE_RETRY_SECONDS.iter().enumerate() {
            app.hears(number + 1).await;
            while types_in_log(&stage, "oidc_backchannel_logout_failed").await <= number {
                actix_web::rt::time::sleep(Duration::from_millis(10)).await;
            }
            stage.hub.clock.advance(*wait);
        }
        app.hears(attempts).await;
        queue_holds(&stage, 0).await;
        let log = stage.hub.log().await;
        let last = log.iter().rev().find(|entry| entry.log_type == "oidc_backchannel_logout_failed").unwrap();
        assert!(last.description.contains("given up"), "{}", last.description);
        assert_eq!(types_in_log(&stage, "oidc_backchannel_logout_failed").await, attempts);
        stage.hub.stop().await;
    }
}

/// Incident 40: an address that an application registered must not make the hub call the inside.
#[actix_web::test]
async fn an_address_that_is_not_public_is_never_called() {
    let stage = Stage::on(sqlite()).await;
    let body = json!({"callbacks": [CALLBACK], "backchannel_logout_uri": "https://192.0.2.1/back"});
    let app = ListeningApp::start();
    let registered = stage.add_listener(&app, body).await;
    let (mut browser, id_token, _) = stage.signed_in().await;
    stage.sign_in_to(&registered, &mut browser).await;
    browser.open(&stage.logout(&[("id_token_hint", &id_token)])).await;
    let began = Instant::now();
    while types_in_log(&stage, "oidc_backchannel_logout_failed").await == 0 {
        assert!(began.elapsed() < Duration::from_secs(2), "refused at once, not tried");
        actix_web::rt::time::sleep(Duration::from_millis(10)).await;
    }
    let log = stage.hub.log().await;
    let failed = log.iter().find(|entry| entry.log_type == "oidc_backchannel_logout_failed").unwrap();
    assert!(failed.description.contains("outbound-address"), "{}", failed.description);
}

/// The grant of a sign-in is cleaned up after a day; the session lives on.
#[actix_web::test]
async fn an_application_is_told_even_after_its_grant_was_cleaned_up() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let app = ListeningApp::start();
        let registered = stage.add_listener(&app, app.back_channel()).await;
        let (mut browser, id_token, _) = stage.signed_in().await;
        stage.sign_in_to(&registered, &mut browser).await;
        stage.hub.clock.advance(48 * 60 * 60);
        sweep(&stage.hub.hub).await.unwrap();
        assert_eq!((stage.count("grants"), stage.count("sessions")), (0, 1));
        browser.open(&stage.logout(&[("id_token_hint", &id_token)])).await;
        app.hears(1).await;
        assert_eq!(stage.count("session_clients"), 0);
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn an_application_that_no_longer_wants_to_know_is_left_in_peace() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let app = ListeningApp::start();
        app.answer_with(500);
        let registered = stage.add_listener(&app, app.back_channel()).await;
        let (mut browser, id_token, _) = stage.signed_in().await;
        stage.sign_in_to(&registered, &mut browser).await;
        browser.open(&stage.logout(&[("id_token_hint", &id_token)])).await;
        app.hears(1).await;
        queue_holds(&stage, 1).await;
        let path = format!("clients/{}", registered.client_id);
        stage.manage(reqwest::Method::PATCH, &path, json!({"backchannel_logout_uri": null})).await;
        actix_web::rt::time::sleep(Duration::from_millis(700)).await;
        stage.hub.clock.advance(60);
        queue_holds(&stage, 0).await;
        assert_eq!(app.tokens().len(), 1);
        stage.hub.stop().await;
    }
}
