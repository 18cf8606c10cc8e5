//! What whoever runs a hub relies on: health, metrics, an orderly stop.

use std::time::Duration;

use reqwest::Method;
use vestibule::domain::connection::Channel;

use crate::support::databases::{each_database, postgres, sqlite};
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::sign_in::{Stage, changed, code_of, error_code, http, read};

#[actix_web::test]
async fn readiness_is_lost_with_the_database_and_life_is_not() {
    let stage = Stage::on(postgres()).await;
    let ask = async |path: &str| read(http().request(Method::GET, stage.hub.url(path))).await;
    assert_eq!(ask("readyz").await.status, 200);
    stage.hub.database.take_away();
    let answer = ask("readyz").await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(ask("healthz").await.status, 200);
    let page = stage.browser().open(&stage.ask(&[("client_id", "another")])).await;
    assert_eq!(page.status, 503, "{page:?}");
    assert_eq!(error_code(&page), "temporarily-unavailable");
    assert!(!page.text.to_lowercase().contains("postgres"), "{page:?}");
    let answer = stage.token(&changed(&stage.exchange("x"), "client_id", "another")).await;
    assert_eq!(answer.error(), (503, "temporarily_unavailable"));
}

#[actix_web::test]
async fn metrics_tell_of_requests_logins_providers_and_the_database() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        code_of(&stage.browser().open(&stage.ask(&[("connection", "acme")])).await);
        stage.browser().open(&stage.hub.url("made/up/by/a/stranger")).await;
        let text = stage.hub.hub.metrics.render();
        for line in [
            "vestibule_http_requests_total{method=\"GET\",route=\"/authorize\",status=\"3xx\"} 1",
            "vestibule_http_requests_total{method=\"GET\",route=\"/login/callback/{connection}\",status=\"3xx\"} 1",
            "vestibule_logins_total{connection=\"acme\",outcome=\"success\"} 1",
            "vestibule_upstream_request_seconds_count{connection=\"acme\",operation=\"token\"} 1",
            "vestibule_database_connections{state=\"idle\"}",
            "route=\"unmatched\"",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("stranger"));
    }
}

/// The provider takes its time, and the hub is asked to stop meanwhile.
#[actix_web::test]
async fn a_request_in_flight_finishes_after_the_hub_is_asked_to_stop() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        provider.behave(Behaviour {
            token: Some(|_, _| std::thread::sleep(Duration::from_millis(1_500))),
            ..Behaviour::default()
        });
        let mut browser = stage.browser();
        let (asked, issuer) = (stage.ask(&[("connection", "acme")]), stage.hub.issuer.clone());
        let in_flight = actix_web::rt::spawn(async move { browser.open(&asked).await });
        while provider.counts().token() == 0 {
            actix_web::rt::time::sleep(Duration::from_millis(20)).await;
        }
        let stopping = actix_web::rt::spawn(stage.hub.stop());
        code_of(&in_flight.await.unwrap());
        stopping.await.unwrap();
        assert!(http().get(format!("{issuer}healthz")).send().await.is_err(), "it listens no more");
    }
}

#[actix_web::test]
async fn log_entries_that_wait_are_written_before_the_hub_stops() {
    let stage = Stage::on(sqlite()).await;
    stage.browser().open(&stage.ask(&[("client_id", "unknown")])).await;
    let hub = std::sync::Arc::clone(&stage.hub.hub);
    let before = hub.store.statement_counts().writes;
    stage.hub.stop().await;
    assert!(hub.store.statement_counts().writes > before);
}
