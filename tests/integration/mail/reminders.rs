//! What is about to end is told ahead: a client secret, a certificate.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::json;
use time::{Duration as Days, OffsetDateTime};
use vestibule::domain::clock::Timestamp;

use super::*;
use crate::support::certificates::Certificates;
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::{CLIENT_ID, CLIENT_SECRET};

const DAY: i64 = 24 * 60 * 60;

/// A connection whose secret ends in `days`.
async fn with_secret_for(database: TestDatabase, days: i64) -> (Post, Timestamp) {
    let ends_at = Clock::default().now().plus_seconds(days * DAY);
    let options = json!({"client_secret_expires_at": ends_at.seconds()});
    (Post::start_with(database, &[], options).await, ends_at)
}

#[actix_web::test]
async fn the_end_of_a_secret_is_told_thirty_seven_and_one_days_ahead_once_each() {
    for database in each_database() {
        let (post, ends_at) = with_secret_for(database, 33).await;
        let mut days = Vec::new();
        for half_days_left in (0..=66).rev() {
            post.check().await;
            let count = post.mail().await.len();
            assert!(count <= days.len() + 1);
            days.resize(count, (half_days_left + 1) / 2);
            post.hub.clock.advance(DAY / 2);
        }
        let mail = post.sink.received();
        assert_eq!(days, [30, 7, 1], "{mail:#?}");
        let day = &ends_at.iso8601()[..10];
        for one in &mail {
            assert_eq!(one.subject, format!("Acme: the client secret expires on {day}"));
            assert!(one.text.contains(CLIENT_ID), "{}", one.text);
            assert!(!one.raw.contains(CLIENT_SECRET), "{}", one.raw);
        }
        let ids: BTreeSet<&str> = mail.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids.len(), 3);
        assert!(!post.hub.database.dump().contains(CLIENT_SECRET));
        post.hub.stop().await;
    }
}

#[actix_web::test]
async fn a_new_secret_begins_anew_and_an_old_reminder_that_was_missed_is_not_sent_after_the_next() {
    let (post, _) = with_secret_for(sqlite(), 5).await;
    post.check().await;
    assert_eq!(post.mail().await.len(), 1, "that of seven days, and not that of thirty too");
    let renewed = post.hub.clock.now().plus_seconds(6 * DAY).seconds();
    let patch = json!({"options": {"client_secret_expires_at": renewed}});
    let (status, answer) = post.hub.patch_connection(&post.connection.id, patch).await;
    assert_eq!(status, 200, "{answer}");
    post.check().await;
    post.pause();
    assert_eq!(post.mail().await.len(), 2);
    post.hub.stop().await;
}

#[actix_web::test]
async fn many_nodes_that_check_and_send_at_the_same_time_tell_once() {
    for database in each_database() {
        let (post, _) = with_secret_for(database, 5).await;
        let url = post.sink.url();
        let settings = [("VESTIBULE_SMTP_URL", url.as_str()), ("VESTIBULE_MAIL_FROM", FROM)];
        let nodes = join_all((0..3).map(|_| post.hub.another_node(&settings))).await;
        let hubs = || nodes.iter().map(|node| &node.hub).chain([&post.hub.hub]);
        post.hub.clock.advance(limits::DIAGNOSIS_SECONDS + 1);
        for state in join_all(hubs().map(|hub| diagnoses::status(hub, &post.connection))).await {
            state.unwrap();
        }
        let sent = join_all(hubs().chain(hubs()).map(|hub| letters::send_due(hub))).await;
        assert!(sent.into_iter().map(Result::unwrap).sum::<usize>() <= 1);
        assert_eq!(post.mail().await.len(), 1);
        post.hub.stop().await;
    }
}

#[actix_web::test]
async fn the_end_of_a_certificate_is_one_reminder_however_many_connections_use_its_host() {
    #[expect(clippy::disallowed_methods, reason = "certificates are checked by the clock of the machine")]
    let ends = OffsetDateTime::from(std::time::SystemTime::now()) + Days::days(5);
    let certificates = Certificates::generate_as(|made| made.not_after = ends);
    let authority = certificates.authority.to_str().unwrap();
    let settings = [("VESTIBULE_OUTBOUND_CA_FILE", authority)];
    let tls = certificates.server_config();
    let provider = |clock: &Clock| FakeProvider::start_tls(clock, tls);
    let post = Post::at(sqlite(), &settings, json!({}), SmtpSink::start(), provider).await;
    let other =
        post.hub.connection(provider_connection("other", &post.provider, Channel::BackChannel, &[])).await;
    post.check().await;
    diagnoses::status(&post.hub.hub, &other).await.unwrap();
    let mail = post.mail().await;
    let host = post.provider.issuer.trim_start_matches("https://").trim_end_matches('/');
    let day = Timestamp::from_seconds(ends.unix_timestamp()).iso8601()[..10].to_owned();
    let subject = format!("Acme: the TLS certificate of {host} expires on {day}");
    assert_eq!(told(&mail), [(ADMINISTRATOR, subject.as_str())]);
    post.pause();
    assert_eq!(post.mail().await.len(), 1);
    post.hub.stop().await;
}
