//! What a device is told while it waits, and that what it gets is given once (RFC 8628 §3.4, §3.5).

use futures_util::future::join_all;
use serde_json::json;

use super::{DEVICE_CODE, settings, stage};
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{add_client, claims_of, fields};
use reqwest::Method;

#[actix_web::test]
async fn a_device_waits_hurries_and_waits_longer() {
    for database in each_database() {
        let stage = stage(database).await;
        let (device_code, _) = stage.device().await;
        assert_eq!(stage.poll(&device_code).await.error(), (400, "authorization_pending"));
        assert_eq!(stage.poll(&device_code).await.error(), (400, "slow_down"));
        // Ten seconds from now on.
        stage.hub.clock.advance(6);
        assert_eq!(stage.poll(&device_code).await.error(), (400, "slow_down"));
        stage.hub.clock.advance(15);
        assert_eq!(stage.poll(&device_code).await.error(), (400, "authorization_pending"));
        let log = stage.hub.log().await;
        assert!(log.iter().all(|entry| entry.log_type != "fede"), "waiting is no event");
    }
}

#[actix_web::test]
async fn a_yes_is_worth_tokens_once_among_a_hundred_who_ask() {
    for database in each_database() {
        let stage = stage(database).await;
        let (device_code, user_code) = stage.device().await;
        stage.decide(&user_code, "allow").await;
        let answers = join_all((0..100).map(|_| stage.poll(&device_code))).await;
        let (given, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(given.len(), 1, "{refused:?}");
        assert!(refused.iter().all(|answer| answer.error() == (400, "invalid_grant")), "{refused:?}");
        let claims = claims_of(&given[0].text_of("id_token"));
        assert_eq!((&claims["sub"], &claims["aud"]), (&json!(stage.user_id), &json!(stage.app.client_id)));
        assert_eq!(given[0].json["scope"], "openid email offline_access");
        assert_eq!(stage.userinfo(&given[0].text_of("access_token")).await.json["sub"], claims["sub"]);
        let refreshed = stage
            .token(&fields(&[
                ("grant_type", "refresh_token"),
                ("refresh_token", &given[0].text_of("refresh_token")),
                ("client_id", &stage.app.client_id),
            ]))
            .await;
        assert_eq!(refreshed.status, 200, "{refreshed:?}");
        let log = stage.hub.log().await;
        let entry = log.iter().find(|entry| entry.log_type == "sede").expect("the exchange is logged");
        assert_eq!(entry.user_id.as_deref(), Some(stage.user_id.as_str()));
    }
}

#[actix_web::test]
async fn a_no_is_told_once() {
    for database in each_database() {
        let stage = stage(database).await;
        let (device_code, user_code) = stage.device().await;
        let page = stage.decide(&user_code, "deny").await;
        assert!(page.url.path().ends_with("/activate/done"), "{page:?}");
        assert!(page.text.contains("Not connected"), "{page:?}");
        assert_eq!(stage.poll(&device_code).await.error(), (400, "access_denied"));
        assert_eq!(stage.poll(&device_code).await.error(), (400, "invalid_grant"));
    }
}

#[actix_web::test]
async fn a_code_that_nobody_typed_expires() {
    for database in each_database() {
        let stage = stage(database).await;
        let (device_code, user_code) = stage.device().await;
        stage.hub.clock.advance(900);
        assert_eq!(stage.poll(&device_code).await.error(), (400, "expired_token"));
        let page = stage.type_code(&mut stage.browser(), &user_code).await;
        assert!(page.text.contains("id=\"problem\""), "{page:?}");
    }
}

/// Incidents 33 and 50: everything is asked again when the tokens are taken.
#[actix_web::test]
async fn what_changed_since_the_yes_counts() {
    for database in each_database() {
        let stage = stage(database).await;
        let user = format!("users/{}", crate::support::sign_in::segment(&stage.user_id));
        let connection = format!("connections/{}", stage.connection.id);
        for (path, before, after) in [
            (&user, json!({"blocked": true}), json!({"blocked": false})),
            (&connection, json!({"is_enabled": false}), json!({"is_enabled": true})),
        ] {
            let (device_code, user_code) = stage.device().await;
            stage.decide(&user_code, "allow").await;
            stage.manage(Method::PATCH, path, before.clone()).await;
            assert_eq!(stage.poll(&device_code).await.error(), (400, "invalid_grant"), "{before}");
            stage.manage(Method::PATCH, path, after).await;
        }
    }
}

#[actix_web::test]
async fn another_application_gets_nothing_for_the_code() {
    let stage = stage(sqlite()).await;
    let other = add_client(&stage.hub, settings()).await;
    let (device_code, user_code) = stage.device().await;
    stage.decide(&user_code, "allow").await;
    let theirs = fields(&[
        ("grant_type", DEVICE_CODE),
        ("device_code", &device_code),
        ("client_id", &other.client_id),
    ]);
    assert_eq!(stage.token(&theirs).await.error(), (400, "invalid_grant"));
    assert_eq!(stage.token(&with_code(&theirs, &user_code)).await.error(), (400, "invalid_grant"));
    // And it is still there for its own.
    assert_eq!(stage.poll(&device_code).await.status, 200);
}

fn with_code(form: &[(String, String)], code: &str) -> Vec<(String, String)> {
    crate::support::sign_in::changed(form, "device_code", code)
}
