//! How long refresh tokens live, and the access tokens they give.

use serde_json::json;
use vestibule::domain::grant::Grant;
use vestibule::domain::limits;
use vestibule::flows::sweep::sweep;
use vestibule::store::StoreError;

use crate::support::databases::{TestDatabase, each_database};
use crate::support::sign_in::{Stage, claims_of};

const DAY: i64 = 24 * 60 * 60;

async fn stage(database: TestDatabase, refresh_token: serde_json::Value) -> Stage {
    Stage::with_client(database, json!({"refresh_token": refresh_token})).await
}

#[actix_web::test]
async fn a_family_ends_thirty_days_after_its_sign_in_however_often_it_is_used() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut token = stage.offline().await.text_of("refresh_token");
        for _ in 0..3 {
            stage.hub.clock.advance(10 * DAY - 20);
            sweep(&stage.hub.hub).await.unwrap();
            token = stage.next(&token).await;
        }
        stage.hub.clock.advance(60);
        assert_eq!(stage.refresh(&token).await.error(), (400, "invalid_grant"));
    }
}

#[actix_web::test]
async fn a_token_that_nobody_uses_ends_after_its_idle_lifetime() {
    for database in each_database() {
        let stage = stage(database, json!({"idle_token_lifetime": 1_000, "token_lifetime": 10_000})).await;
        let mut token = stage.offline().await.text_of("refresh_token");
        for _ in 0..4 {
            stage.hub.clock.advance(980);
            token = stage.next(&token).await;
        }
        stage.hub.clock.advance(1_000);
        let refused = stage.refresh(&token).await;
        assert_eq!(refused.error(), (400, "invalid_grant"));
        assert!(refused.text.contains("expired"), "{refused:?}");
    }
}

#[actix_web::test]
async fn a_token_that_does_not_rotate_is_idle_anew_after_each_use() {
    for database in each_database() {
        let settings = json!({
            "rotation_type": "non-rotating", "idle_token_lifetime": 1_000, "token_lifetime": 2_500,
        });
        let stage = stage(database, settings).await;
        let token = stage.offline().await.text_of("refresh_token");
        for (seconds, expected) in [(980, 200), (980, 200), (500, 200), (60, 400)] {
            stage.hub.clock.advance(seconds);
            assert_eq!(stage.refresh(&token).await.status, expected);
        }
    }
}

#[actix_web::test]
async fn a_family_without_end_lives_as_long_as_it_is_used() {
    for database in each_database() {
        let settings = json!({
            "infinite_token_lifetime": true, "idle_token_lifetime": 20 * DAY, "rotation_type": "non-rotating",
        });
        let stage = stage(database, settings).await;
        let token = stage.offline().await.text_of("refresh_token");
        for _ in 0..20 {
            stage.hub.clock.advance(19 * DAY);
            sweep(&stage.hub.hub).await.unwrap();
            assert_eq!(stage.refresh(&token).await.status, 200);
        }
        stage.hub.clock.advance(20 * DAY);
        assert_eq!(stage.refresh(&token).await.error(), (400, "invalid_grant"));
        sweep(&stage.hub.hub).await.unwrap();
        assert_eq!((stage.count("grants"), stage.count("refresh_tokens")), (0, 0), "nothing is left behind");
    }
}

#[actix_web::test]
async fn a_token_that_never_expires_does_not() {
    for database in each_database() {
        let settings = json!({"expiration_type": "non-expiring", "rotation_type": "non-rotating"});
        let stage = stage(database, settings).await;
        let token = stage.offline().await.text_of("refresh_token");
        stage.hub.clock.advance(20 * 365 * DAY);
        sweep(&stage.hub.hub).await.unwrap();
        let refreshed = stage.refresh(&token).await;
        assert_eq!(refreshed.status, 200, "{refreshed:?}");
        assert_eq!(stage.userinfo(&refreshed.text_of("access_token")).await.status, 200);
    }
}

#[actix_web::test]
async fn an_application_chooses_its_own_lifetimes() {
    for database in each_database() {
        let settings = json!({"access_token_ttl": 300, "refresh_token_ttl": 5_000});
        let stage = Stage::with_client(database, settings).await;
        let tokens = stage.offline().await;
        assert_eq!(tokens.json["expires_in"], 300);
        let access = tokens.text_of("access_token");
        assert_eq!(stage.userinfo(&access).await.status, 200);
        stage.hub.clock.advance(300);
        assert_eq!(stage.userinfo(&access).await.status, 401);
        let refreshed = stage.refresh(&tokens.text_of("refresh_token")).await;
        assert_eq!(refreshed.json["expires_in"], 300);
        stage.hub.clock.advance(4_640);
        // No access token outlives its grant.
        let last = stage.refresh(&refreshed.text_of("refresh_token")).await;
        assert!(last.json["expires_in"].as_i64().unwrap() <= 60, "{last:?}");
        stage.hub.clock.advance(60);
        assert_eq!(stage.refresh(&last.text_of("refresh_token")).await.error(), (400, "invalid_grant"));
    }
}

#[actix_web::test]
async fn an_access_token_may_live_longer_than_a_day_and_its_grant_with_it() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"access_token_ttl": 5 * DAY})).await;
        let mut offline = stage.offline().await;
        assert_eq!(offline.json["expires_in"], 5 * DAY);
        let plain = stage.tokens(&[]).await;
        for _ in 0..2 {
            stage.hub.clock.advance(2 * DAY);
            sweep(&stage.hub.hub).await.unwrap();
            stage.member().await.open(&stage.ask(&[("prompt", "none")])).await;
            for tokens in [&plain, &offline] {
                assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 200);
            }
        }
        offline = stage.refresh(&offline.text_of("refresh_token")).await;
        assert_eq!(offline.json["expires_in"], 5 * DAY);
    }
}

#[actix_web::test]
async fn one_refresh_token_too_many_ends_the_oldest_of_that_person_at_that_application() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let oldest = stage.offline().await;
        stage.hub.clock.advance(1);
        let second = stage.offline().await;
        // As many as there may be; the others are copies, of this person here and of somebody else.
        let id = claims_of(&second.text_of("access_token"))["grant_id"].as_str().unwrap().to_owned();
        let now = stage.hub.clock.now();
        let copies = limits::REFRESH_TOKENS_PER_USER_AND_CLIENT - 2;
        stage
            .hub
            .hub
            .store
            .write(move |tx| {
                let grant = tx.find_grant(&id)?.unwrap();
                for number in 0..copies {
                    tx.add_grant(&Grant {
                        id: format!("copy-{number}"),
                        code_hash: format!("copy-{number}"),
                        refresh_family_hash: Some(format!("copy-{number}")),
                        created_at: now,
                        ..grant.clone()
                    })?;
                    tx.add_grant(&Grant {
                        id: format!("other-{number}"),
                        code_hash: format!("other-{number}"),
                        refresh_family_hash: Some(format!("other-{number}")),
                        user_id: "somebody else".into(),
                        created_at: now.plus_seconds(-3_600),
                        ..grant.clone()
                    })?;
                }
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
        let next = stage.next(&oldest.text_of("refresh_token")).await;
        stage.hub.clock.advance(1);
        let newest = stage.offline().await;
        assert_eq!(stage.refresh(&next).await.error(), (400, "invalid_grant"));
        assert_eq!(stage.userinfo(&oldest.text_of("access_token")).await.status, 401);
        for good in [&second, &newest] {
            stage.next(&good.text_of("refresh_token")).await;
        }
        let revoked = "SELECT id AS value FROM grants WHERE revoked_at IS NOT NULL";
        assert_eq!(stage.hub.database.values(revoked).len(), 1, "one, and nobody else's");
        stage.hub.stop().await;
    }
}
