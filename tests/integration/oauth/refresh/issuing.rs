//! Who gets a refresh token, and what a refresh gives (OpenID Connect Core §11, §12.2).

use serde_json::json;

use super::{OFFLINE, with};
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{Stage, claims_of};

#[actix_web::test]
async fn a_refresh_token_is_for_offline_access_alone_and_needs_no_prompt() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let without = stage.tokens(&[]).await;
        assert_eq!(without.json["refresh_token"], json!(null));
        assert_eq!(without.json["scope"], "openid profile email");
        for prompt in ["", "none", "consent"] {
            let scope = OFFLINE[0];
            let changes: &[(&str, &str)] = &[scope, ("prompt", prompt)];
            let tokens = stage.tokens(changes).await;
            assert_eq!(tokens.json["scope"], scope.1, "{prompt}");
            assert_eq!(tokens.text_of("refresh_token").len(), 86, "{prompt}");
        }
    }
}

#[actix_web::test]
async fn an_application_that_may_not_refresh_is_not_granted_offline_access() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"grant_types": ["authorization_code"]})).await;
        let tokens = stage.offline().await;
        assert_eq!(tokens.json["refresh_token"], json!(null));
        assert_eq!(tokens.json["scope"], "openid profile email");
        assert_eq!(stage.count("refresh_tokens"), 0);
        // The session's end is the end of such a grant.
        stage.hub.clock.advance(8 * 24 * 60 * 60);
        assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 401);
    }
}

/// Module: oidcc-refresh-token
#[actix_web::test]
async fn a_refreshed_id_token_is_about_the_same_sign_in() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let tokens = stage.offline().await;
        stage.hub.clock.advance(90);
        let refreshed = stage.refresh(&tokens.text_of("refresh_token")).await;
        assert_eq!(refreshed.status, 200, "{refreshed:?}");
        assert_eq!(refreshed.json["token_type"], "Bearer");
        assert_eq!(refreshed.json["scope"], tokens.json["scope"]);
        assert_eq!(refreshed.header("cache-control"), "no-store");
        assert_ne!(refreshed.text_of("access_token"), tokens.text_of("access_token"));
        assert_ne!(refreshed.text_of("refresh_token"), tokens.text_of("refresh_token"));
        let (before, after) =
            (claims_of(&tokens.text_of("id_token")), claims_of(&refreshed.text_of("id_token")));
        for claim in ["iss", "sub", "aud", "auth_time", "sid", "acr", "amr", "connection", "email"] {
            assert_eq!(before[claim], after[claim], "{claim}");
        }
        assert!(after["iat"].as_i64().unwrap() >= before["iat"].as_i64().unwrap() + 90);
        assert_eq!(before["nonce"], "nonce-of-the-application");
        assert_eq!(after["nonce"], json!(null));
        assert_ne!(before["at_hash"], after["at_hash"]);
        let userinfo = stage.userinfo(&refreshed.text_of("access_token")).await;
        assert_eq!(userinfo.json["sub"], after["sub"]);
        // Without the secret, nothing.
        let bare = with(&stage.refreshing(&refreshed.text_of("refresh_token")), "client_secret", "");
        assert_eq!(stage.token(&bare).await.error(), (401, "invalid_client"));
        let log = stage.hub.log().await;
        let entry = log.iter().find(|entry| entry.log_type == "sertft").expect("the refresh is logged");
        assert_eq!(entry.user_id.as_deref(), Some(stage.user_id.as_str()));
    }
}

#[actix_web::test]
async fn a_refresh_may_ask_for_less_and_the_family_keeps_all() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut token = stage.offline().await.text_of("refresh_token");
        for (asked, granted, has_id_token, has_email) in [
            ("openid email", "openid email", true, true),
            ("openid", "openid", true, false),
            ("email email", "email", false, false),
            ("", "openid profile email offline_access", true, true),
        ] {
            let answer = stage.token(&with(&stage.refreshing(&token), "scope", asked)).await;
            assert_eq!(answer.status, 200, "{asked}: {answer:?}");
            assert_eq!(answer.json["scope"], granted, "{asked}");
            assert_eq!(answer.json["id_token"].is_string(), has_id_token, "{asked}");
            let access = answer.text_of("access_token");
            assert_eq!(claims_of(&access)["scope"], granted, "{asked}");
            let userinfo = stage.userinfo(&access).await;
            assert_eq!(userinfo.status, if has_id_token { 200 } else { 403 }, "{asked}");
            assert_eq!(userinfo.json["email"].is_string(), has_email, "{asked}");
            token = answer.text_of("refresh_token");
        }
        let wider = with(&stage.refreshing(&token), "scope", "openid address");
        assert_eq!(stage.token(&wider).await.error(), (400, "invalid_scope"));
        stage.next(&token).await;
    }
}

#[actix_web::test]
async fn a_replayed_code_takes_the_refresh_token_along() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let code = stage.code(OFFLINE).await;
        let token = stage.redeem(&code).await.text_of("refresh_token");
        let next = stage.next(&token).await;
        assert_eq!(stage.redeem(&code).await.error(), (400, "invalid_grant"));
        assert_eq!(stage.refresh(&next).await.error(), (400, "invalid_grant"));
    }
}

#[actix_web::test]
async fn a_public_application_refreshes_without_a_secret() {
    for database in each_database() {
        let settings = json!({"app_type": "spa", "token_endpoint_auth_method": "none"});
        let stage = Stage::with_client(database, settings).await;
        let first = stage.offline().await.text_of("refresh_token");
        let next = stage.next(&first).await;
        let secret = with(&stage.refreshing(&next), "client_secret", "invented");
        assert_eq!(stage.token(&secret).await.error(), (401, "invalid_client"));
    }
}

#[actix_web::test]
async fn a_missing_or_doubled_refresh_token_is_an_invalid_request() {
    let stage = Stage::on(sqlite()).await;
    let token = stage.offline().await.text_of("refresh_token");
    let missing = with(&stage.refreshing(&token), "refresh_token", "");
    assert_eq!(stage.token(&missing).await.error(), (400, "invalid_request"));
    let mut doubled = stage.refreshing(&token);
    doubled.push(("refresh_token".into(), token.clone()));
    assert_eq!(stage.token(&doubled).await.error(), (400, "invalid_request"));
    stage.next(&token).await;
}
