//! Nobody who has not proven who they are makes the database write (DESIGN, section 1, sentence 6).

use std::time::{Duration, Instant};

use serde_json::json;
use vestibule::domain::connection::Channel;

use crate::support::databases::each_database;
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::sign_in::{EMAIL, Stage, changed};

/// Writes begun so far, once the timers' work at start is over.
async fn settled_writes(stage: &Stage) -> u64 {
    stage.hub.log().await;
    let mut before = writes(stage);
    loop {
        actix_web::rt::time::sleep(Duration::from_millis(300)).await;
        if writes(stage) == before {
            return before;
        }
        before = writes(stage);
    }
}

fn writes(stage: &Stage) -> u64 {
    stage.hub.hub.store.statement_counts().writes
}

/// Everything stored, but for the log.
fn stored(stage: &Stage) -> String {
    let dump = stage.hub.database.dump();
    let lines = dump.lines().filter(|line| !line.starts_with("logs."));
    lines.fold(String::new(), |all, line| all + line + "\n")
}

#[actix_web::test]
async fn pages_before_the_sign_in_write_nothing_at_all() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        let (before, all) = (settled_writes(&stage).await, stored(&stage));
        for number in 0..20 {
            let mut browser = stage.browser();
            browser.stop_at = Some("http://127.0.0.1:".into());
            let page = browser.open(&stage.ask(&[("state", &number.to_string())])).await;
            let page = browser.submit(&page, &page.forms()[0], &[("email", EMAIL)]).await;
            assert!(page.text.contains("name=\"password\""));
            browser.open(&format!("{}?start=over", page.url)).await;
            browser.open(&format!("{}?ui_locales=fr", page.url)).await;
            let page = browser.open(&stage.ask(&[("connection", "acme")])).await;
            assert!(page.stopped, "at the provider's door");
            for path in [
                "",
                "healthz",
                "readyz",
                "nowhere",
                ".well-known/jwks.json",
                "oidc/logout",
                "userinfo",
                "account/applications",
            ] {
                browser.open(&stage.hub.url(path)).await;
            }
        }
        assert_eq!(writes(&stage), before);
        assert_eq!(stored(&stage), all);
    }
}

/// Failures are log entries: a timer writes them together, once a second at most.
#[actix_web::test]
async fn failures_of_strangers_write_log_entries_alone_and_no_more_than_once_a_second() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        provider
            .behave(Behaviour { id_token: Some(|token, _| token.set("aud", "x")), ..Behaviour::default() });
        let (before, all) = (settled_writes(&stage).await, stored(&stage));
        let log = stage.hub.log().await.len();
        let began = Instant::now();
        let mut failures = 0;
        for _ in 0..5 {
            let mut browser = stage.browser();
            for asked in [
                stage.ask(&[("client_id", "unknown")]),
                stage.ask(&[("redirect_uri", "https://evil.example/")]),
                stage.ask(&[("response_type", "token")]),
                stage.ask(&[("prompt", "none")]),
                stage.ask(&[("connection", "acme")]),
                stage.hub.url("login/callback?state=x.y&code=z"),
                stage.hub.url("login/callback?error=access_denied"),
            ] {
                browser.open(&asked).await;
                failures += 1;
            }
            let page = browser.open(&stage.ask(&[])).await;
            let page = browser.submit(&page, &page.forms()[0], &[("email", EMAIL)]).await;
            browser.submit(&page, &page.forms()[0], &[("password", "wrong")]).await;
            let form = stage.exchange("unknown");
            stage.token(&changed(&form, "client_secret", "wrong")).await;
            failures += 2;
        }
        let flushes = began.elapsed().as_secs() + 2;
        assert!(writes(&stage) - before <= flushes, "{} writes", writes(&stage) - before);
        assert_eq!(stored(&stage), all);
        assert_eq!(stage.hub.log().await.len(), log + failures, "and every one of them is in the log");
    }
}

/// One transaction at the callback, one at the token endpoint.
#[actix_web::test]
async fn a_federated_sign_in_is_two_writes() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for channel in [Channel::BackChannel, Channel::FrontChannel] {
            let provider = FakeProvider::start(&stage.hub.clock);
            let name = json!(channel).as_str().unwrap().replace('_', "-");
            stage.federate(&name, &provider, channel).await;
            let before = settled_writes(&stage).await;
            let mut browser = stage.browser();
            let page = browser.walk(&stage.ask(&[("connection", &name)]), &[]).await;
            assert_eq!(writes(&stage) - before, 1, "{channel:?}");
            assert_eq!(stage.redeem(&page.answered("code").unwrap()).await.status, 200);
            assert_eq!(writes(&stage) - before, 2, "{channel:?}");
        }
    }
}
