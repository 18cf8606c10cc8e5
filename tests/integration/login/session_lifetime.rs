//! How long somebody stays signed in: 72 hours without activity, 168 hours whatever happens.

use crate::support::browser::Browser;
use crate::support::databases::each_database;
use crate::support::sign_in::{Stage, code_of, error_of};

const HOUR: i64 = 60 * 60;

impl Stage {
    async fn silently(&self, browser: &Browser) -> Option<String> {
        let page = browser.clone().open(&self.ask(&[("prompt", "none")])).await;
        match page.answered("code") {
            Some(code) => Some(code),
            None => {
                assert_eq!(error_of(self, &page), "login_required");
                None
            }
        }
    }

    fn last_active_at(&self) -> String {
        self.hub.database.values("SELECT CAST(last_active_at AS TEXT) AS value FROM sessions").remove(0)
    }
}

#[actix_web::test]
async fn a_session_without_activity_ends_after_72_hours() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let browser = stage.member().await;
        stage.hub.clock.advance(72 * HOUR - 30);
        assert!(stage.silently(&browser).await.is_some(), "and this is activity");
        stage.hub.clock.advance(72 * HOUR - 30);
        assert!(stage.silently(&browser).await.is_some());
        let stage = Stage::on(stage.hub.database.another()).await;
        let browser = stage.member().await;
        stage.hub.clock.advance(72 * HOUR);
        assert_eq!(stage.silently(&browser).await, None);
    }
}

#[actix_web::test]
async fn a_session_ends_after_168_hours_whatever_happens_in_it() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        let page = stage.sign_in(&mut browser, &[]).await;
        let token = stage.redeem(&code_of(&page)).await.text_of("access_token");
        for _ in 0..3 {
            stage.hub.clock.advance(50 * HOUR);
            assert!(stage.silently(&browser).await.is_some());
        }
        stage.hub.clock.advance(18 * HOUR - 30);
        let last = stage.silently(&browser).await.unwrap();
        let last = stage.redeem(&last).await.text_of("access_token");
        assert_eq!(stage.userinfo(&last).await.status, 200);
        stage.hub.clock.advance(30);
        assert_eq!(stage.silently(&browser).await, None);
        assert_eq!(stage.userinfo(&last).await.error(), (401, "invalid_token"), "with its session");
        assert_eq!(stage.userinfo(&token).await.status, 401);
    }
}

#[actix_web::test]
async fn activity_is_written_down_at_most_every_five_minutes() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let browser = stage.member().await;
        let began = stage.last_active_at();
        stage.hub.clock.advance(290);
        stage.silently(&browser).await.unwrap();
        assert_eq!(stage.last_active_at(), began);
        stage.hub.clock.advance(10);
        stage.silently(&browser).await.unwrap();
        assert_ne!(stage.last_active_at(), began);
    }
}
