//! What is asked at every refresh.

use serde_json::json;
use vestibule::domain::user::User;
use vestibule::flows::sweep::sweep;

use super::with;
use crate::support::databases::each_database;
use crate::support::sign_in::{Stage, add_client};

const DAY: i64 = 24 * 60 * 60;

async fn block(stage: &Stage, is_blocked: bool) {
    let (user_id, now) = (stage.user_id.clone(), stage.hub.clock.now());
    stage.hub.hub.store.write(move |tx| tx.set_blocked(&user_id, is_blocked, now)).await.unwrap();
}

/// Each thing that can be wrong, alone and with every other. A refusal takes nothing: in the end the same token is
/// good.
#[actix_web::test]
async fn any_single_wrong_thing_refuses_a_refresh_token() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let stranger = add_client(&stage.hub, json!({})).await;
        let token = stage.offline().await.text_of("refresh_token");
        for wrong in (0..128_u32).rev() {
            let is_wrong = |bit: u32| wrong & (1 << bit) != 0;
            let mut form = stage.refreshing(&token);
            if is_wrong(0) {
                form = with(&form, "client_id", &stranger.client_id);
                form = with(&form, "client_secret", &stranger.secret);
            }
            if is_wrong(1) {
                form = with(&form, "scope", "openid phone");
            }
            if is_wrong(2) {
                form = with(&form, "audience", "https://api.example/");
            }
            if is_wrong(3) {
                form = with(&form, "refresh_token", &token[1..]);
            }
            if is_wrong(4) {
                stage.hub.clock.advance(15 * DAY);
            }
            if is_wrong(5) {
                block(&stage, true).await;
            }
            if is_wrong(6) {
                stage.hub.database.execute("UPDATE grants SET revoked_at = 1");
            }
            let answer = stage.token(&form).await;
            if wrong == 0 {
                assert_eq!(answer.status, 200, "{answer:?}");
            } else {
                assert_eq!(answer.status, 400, "{wrong:07b}: {answer:?}");
                let code = answer.error().1;
                assert!(["invalid_grant", "invalid_scope", "invalid_target"].contains(&code), "{answer:?}");
                assert_eq!(answer.json["access_token"], json!(null));
            }
            if is_wrong(4) {
                stage.hub.clock.advance(-15 * DAY);
            }
            block(&stage, false).await;
            stage.hub.database.execute("UPDATE grants SET revoked_at = NULL WHERE revoked_at = 1");
        }
    }
}

#[actix_web::test]
async fn another_clients_attempt_neither_consumes_nor_revokes_a_refresh_token() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let stranger = add_client(&stage.hub, json!({})).await;
        let token = stage.offline().await.text_of("refresh_token");
        let strange = |token: &str| {
            let form = with(&stage.refreshing(token), "client_id", &stranger.client_id);
            with(&form, "client_secret", &stranger.secret)
        };
        assert_eq!(stage.token(&strange(&token)).await.error(), (400, "invalid_grant"));
        let next = stage.next(&token).await;
        // Not even a token that was used before, and so long ago that it is forgotten.
        assert_eq!(stage.token(&strange(&token)).await.error(), (400, "invalid_grant"));
        stage.hub.clock.advance(1);
        sweep(&stage.hub.hub).await.unwrap();
        assert_eq!(stage.count("refresh_tokens"), 1);
        assert_eq!(stage.token(&strange(&token)).await.error(), (400, "invalid_grant"));
        stage.next(&next).await;
    }
}

#[actix_web::test]
async fn a_refresh_asks_anew_for_user_connection_and_application() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let token = stage.offline().await.text_of("refresh_token");
        let connection = format!("connections/{}", stage.connection.id);
        let client = format!("clients/{}", stage.app.client_id);
        let patch = reqwest::Method::PATCH;
        for (path, off, on, error) in [
            (
                connection.as_str(),
                json!({"enabled_clients": []}),
                json!({"enabled_clients": [stage.app.client_id]}),
                "invalid_grant",
            ),
            (&connection, json!({"is_enabled": false}), json!({"is_enabled": true}), "invalid_grant"),
            (
                &client,
                json!({"grant_types": ["authorization_code"]}),
                json!({"grant_types": ["authorization_code", "refresh_token"]}),
                "unauthorized_client",
            ),
        ] {
            stage.manage(patch.clone(), path, off.clone()).await;
            assert_eq!(stage.refresh(&token).await.error(), (400, error), "{off}");
            stage.manage(patch.clone(), path, on).await;
        }
        block(&stage, true).await;
        let answer = stage.refresh(&token).await;
        assert_eq!(answer.error(), (400, "invalid_grant"));
        assert!(answer.json["error_description"].as_str().unwrap().contains("blocked"), "{answer:?}");
        block(&stage, false).await;
        stage.next(&token).await;
    }
}

#[actix_web::test]
async fn a_session_that_expires_leaves_refresh_tokens_and_one_that_is_ended_takes_them() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let (mut browser, tokens) = {
            let mut browser = stage.browser();
            let page = stage.sign_in(&mut browser, super::OFFLINE).await;
            let tokens = stage.redeem(&crate::support::sign_in::code_of(&page)).await;
            (browser, tokens)
        };
        let plain = stage.tokens(&[]).await;
        stage.hub.clock.advance(8 * DAY);
        sweep(&stage.hub.hub).await.unwrap();
        assert_eq!(stage.count("sessions"), 0);
        assert_eq!(stage.userinfo(&plain.text_of("access_token")).await.status, 401);
        let refreshed = stage.refresh(&tokens.text_of("refresh_token")).await;
        assert_eq!(refreshed.status, 200, "{refreshed:?}");
        assert_eq!(stage.userinfo(&refreshed.text_of("access_token")).await.status, 200);

        let page = stage.sign_in(&mut browser, super::OFFLINE).await;
        let tokens = stage.redeem(&crate::support::sign_in::code_of(&page)).await;
        let hint = tokens.text_of("id_token");
        let logout = format!("{}?id_token_hint={hint}", stage.hub.url("oidc/logout"));
        browser.open(&logout).await;
        assert_eq!(stage.count("sessions"), 0);
        let refused = stage.refresh(&tokens.text_of("refresh_token")).await;
        assert_eq!(refused.error(), (400, "invalid_grant"));
    }
}

#[actix_web::test]
async fn a_user_who_is_removed_takes_their_refresh_tokens_along() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let token = stage.offline().await.text_of("refresh_token");
        let (user_id, now) = (stage.user_id.clone(), stage.hub.clock.now());
        stage.hub.hub.store.write(move |tx| tx.remove_user(&user_id, now)).await.unwrap();
        assert_eq!(stage.refresh(&token).await.error(), (400, "invalid_grant"));
    }
}

/// The claims are those of the profile now, not those of the login.
#[actix_web::test]
async fn a_refresh_reads_the_profile_again() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let token = stage.offline().await.text_of("refresh_token");
        let user_id = stage.user_id.clone();
        let changed = stage.hub.hub.store.write(move |tx| {
            let user = tx.find_user(&user_id)?.unwrap();
            let mut profile = user.profile.clone();
            profile.insert("name".into(), json!("Augusta Ada King"));
            tx.change_user(&User { profile, ..user })
        });
        changed.await.unwrap();
        let refreshed = stage.refresh(&token).await;
        let claims = crate::support::sign_in::claims_of(&refreshed.text_of("id_token"));
        assert_eq!(claims["name"], "Augusta Ada King");
    }
}
