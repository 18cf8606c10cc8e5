//! What an access token is worth is known at every call, whatever was remembered of it a moment ago (CONTRACT,
//! section 6): UserInfo and introspection are asked before and after each change.

use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::support::databases::each_database;
use crate::support::sign_in::{Stage, code_of, fields, http, post_form, read, segment, switch};

/// What ends the worth of an access token.
#[derive(Clone, Copy, Debug)]
enum Ending {
    TokenRevoked,
    RefreshTokenReused,
    CodeReplayed,
    SessionEnded,
    SomebodyElseSignedIn,
    UserBlocked,
    UserRemoved,
    RefreshTokensRevoked,
    ConnectionDisabled,
    ConnectionRemoved,
    ApplicationRemoved,
}

const ENDINGS: [Ending; 11] = [
    Ending::TokenRevoked,
    Ending::RefreshTokenReused,
    Ending::CodeReplayed,
    Ending::SessionEnded,
    Ending::SomebodyElseSignedIn,
    Ending::UserBlocked,
    Ending::UserRemoved,
    Ending::RefreshTokensRevoked,
    Ending::ConnectionDisabled,
    Ending::ConnectionRemoved,
    Ending::ApplicationRemoved,
];

/// An application with tokens of a person who just signed in.
struct Holder {
    stage: Stage,
    code: String,
    refresh_token: String,
    access_token: String,
    browser: crate::support::browser::Browser,
}

impl Holder {
    async fn on(stage: Stage) -> Self {
        Self::of(stage, "openid email offline_access").await
    }

    async fn of(stage: Stage, scope: &str) -> Self {
        let mut browser = stage.browser();
        let asked = [("scope", scope)];
        let code = code_of(&stage.sign_in(&mut browser, &asked).await);
        let tokens = stage.redeem(&code).await;
        let refresh_token = tokens.json["refresh_token"].as_str().unwrap_or_default().to_owned();
        let access_token = tokens.text_of("access_token");
        Self { stage, code, refresh_token, access_token, browser }
    }

    fn credentials(&self) -> [(&str, &str); 2] {
        [("client_id", &self.stage.app.client_id), ("client_secret", &self.stage.app.secret)]
    }

    /// Whether UserInfo and introspection at `base` take the token for good; they must agree.
    async fn is_good_at(&self, base: &str) -> bool {
        let userinfo = http().get(format!("{base}/userinfo"));
        let userinfo = read(userinfo.header(AUTHORIZATION, format!("Bearer {}", self.access_token))).await;
        let form = [&self.credentials()[..], &[("token", &self.access_token)]].concat();
        let introspection = post_form(&format!("{base}/oauth/introspect"), &fields(&form), &[]).await;
        let is_active = introspection.json["active"].as_bool().unwrap_or(false);
        assert_eq!(userinfo.status == 200, is_active, "{userinfo:?} and {introspection:?}");
        is_active
    }

    async fn is_good(&self) -> bool {
        self.is_good_at(self.stage.hub.issuer.trim_end_matches('/')).await
    }

    async fn end(&mut self, ending: Ending) {
        let stage = &self.stage;
        let user = format!("users/{}", segment(&stage.user_id));
        let connection = format!("connections/{}", stage.connection.id);
        match ending {
            Ending::TokenRevoked => {
                let form = [&self.credentials()[..], &[("token", &self.access_token)]].concat();
                let url = stage.hub.url("oauth/revoke");
                assert_eq!(post_form(&url, &fields(&form), &[]).await.status, 200);
            }
            Ending::RefreshTokenReused => {
                let refresh = [("grant_type", "refresh_token"), ("refresh_token", &self.refresh_token)];
                let form = fields(&[&self.credentials()[..], &refresh].concat());
                assert_eq!(stage.token(&form).await.status, 200);
                assert!(self.is_good().await, "exchanging a refresh token ends nothing");
                assert_eq!(stage.token(&form).await.status, 400);
            }
            Ending::CodeReplayed => assert_eq!(stage.redeem(&self.code).await.status, 400),
            Ending::SessionEnded => {
                let sessions = stage.manage(Method::GET, &format!("{user}/sessions"), Value::Null).await;
                let id = sessions.json[0]["id"].as_str().unwrap();
                stage.manage(Method::DELETE, &format!("sessions/{}", segment(id)), Value::Null).await;
            }
            Ending::SomebodyElseSignedIn => {
                let other = json!({
                    "connection": "people", "email": "eve@people.example", "password": "another correct horse",
                });
                stage.hub.person(other).await;
                let asked = stage.ask(&[("prompt", "login")]);
                let typed = [("email", "eve@people.example"), ("password", "another correct horse")];
                let mut page = self.browser.open(&asked).await;
                for _ in ["address", "password"] {
                    page = self.browser.submit(&page, &page.forms()[0], &typed).await;
                }
                code_of(&switch(&mut self.browser, &page).await);
            }
            Ending::UserBlocked => drop(stage.manage(Method::PATCH, &user, json!({"blocked": true})).await),
            Ending::UserRemoved => drop(stage.manage(Method::DELETE, &user, Value::Null).await),
            Ending::RefreshTokensRevoked => {
                let path = format!("{user}/refresh-tokens");
                stage.manage(Method::DELETE, &path, Value::Null).await;
            }
            Ending::ConnectionDisabled => {
                stage.manage(Method::PATCH, &connection, json!({"is_enabled": false})).await;
            }
            Ending::ConnectionRemoved => {
                stage.manage(Method::DELETE, &connection, Value::Null).await;
            }
            Ending::ApplicationRemoved => {
                let path = format!("clients/{}", stage.app.client_id);
                stage.manage(Method::DELETE, &path, Value::Null).await;
            }
        }
    }
}

fn settings() -> Value {
    json!({
        "grant_types": ["authorization_code", "refresh_token"],
        "refresh_token": {"rotation_type": "rotating", "expiration_type": "expiring", "leeway": 0},
    })
}

#[actix_web::test]
async fn what_a_node_ends_is_over_at_its_next_call() {
    for database in each_database() {
        let mut stages = Vec::new();
        for ending in ENDINGS {
            let database = database.another();
            let stage = Stage::with_client(database, settings()).await;
            // What is granted for `offline_access` does not end with the place of its person in a browser.
            let holder = match ending {
                Ending::SomebodyElseSignedIn => Holder::of(stage, "openid email").await,
                _ => Holder::on(stage).await,
            };
            stages.push((ending, holder));
        }
        for (ending, holder) in &mut stages {
            assert!(holder.is_good().await, "{ending:?}");
            assert!(holder.is_good().await, "{ending:?}: remembered");
            holder.end(*ending).await;
            if matches!(ending, Ending::ApplicationRemoved) {
                let userinfo = holder.stage.userinfo(&holder.access_token).await;
                assert_eq!(userinfo.status, 401, "{ending:?}");
            } else {
                assert!(!holder.is_good().await, "{ending:?}");
            }
        }
    }
}

#[actix_web::test]
async fn what_one_node_ends_is_over_on_every_node_within_a_second() {
    for database in each_database() {
        for ending in [Ending::TokenRevoked, Ending::SessionEnded, Ending::UserBlocked] {
            let mut holder = Holder::on(Stage::with_client(database.another(), settings()).await).await;
            let other = holder.stage.hub.another_node(&[]).await.address;
            let here = other.replacen("localhost", "127.0.0.1", 1);
            assert!(holder.is_good_at(&here).await, "{ending:?}");
            holder.end(ending).await;
            let ended = Instant::now();
            // Remembered there or not: only the end of the second counts.
            actix_web::rt::time::sleep(Duration::from_millis(1_000).saturating_sub(ended.elapsed())).await;
            assert!(!holder.is_good_at(&here).await, "{ending:?}");
        }
    }
}
