//! How mail leaves, and what happens where it cannot.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::json;
use vestibule::domain::audit::LogEntry;
use vestibule::domain::diagnosis::State;
use vestibule::store::Tx;

use super::*;
use crate::support::certificates::Certificates;
use crate::support::databases::{each_database, sqlite};

const DAY: i64 = 24 * 60 * 60;

/// A connection of which a reminder is due.
async fn start(database: TestDatabase, settings: &[(&str, &str)], sink: SmtpSink) -> Post {
    let ends_at = Clock::default().now().plus_seconds(5 * DAY).seconds();
    let options = json!({"client_secret_expires_at": ends_at});
    let post = Post::at(database, settings, options, sink, FakeProvider::start).await;
    assert_eq!(post.check().await, State::Degraded);
    post
}

async fn entries(post: &Post, log_type: &str) -> Vec<LogEntry> {
    post.hub.log().await.into_iter().filter(|entry| entry.log_type == log_type).collect()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[actix_web::test]
async fn without_a_mail_server_mail_is_a_file_for_the_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let settings = [("VESTIBULE_SMTP_URL", ""), ("VESTIBULE_DATA_DIR", data.to_str().unwrap())];
    let post = start(sqlite(), &settings, SmtpSink::start()).await;
    assert_eq!(post.mail().await, [], "nothing goes to a server that is not set");
    let outbox = data.join("outbox");
    let files: Vec<_> = outbox.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(files[0].extension().unwrap(), "eml");
    assert_eq!((mode(&outbox), mode(&files[0])), (0o700, 0o600));
    let mail = Received::of("", "", &std::fs::read(&files[0]).unwrap());
    assert!(mail.subject.starts_with("Acme: the client secret expires on "), "{}", mail.subject);
    assert!(mail.raw.contains(&format!("To: {ADMINISTRATOR}\r\n")), "{}", mail.raw);
    assert!(mail.raw.contains("From: \"The Hub\" <hub@hub.example>\r\n"), "{}", mail.raw);
    assert_eq!(entries(&post, "mail_sent").await.len(), 1);
    post.hub.stop().await;
}

#[actix_web::test]
async fn as_long_as_there_is_no_administrator_the_one_that_is_expected_hears() {
    let expected = "ada@hub.example";
    let post = start(sqlite(), &[("VESTIBULE_ADMIN_EMAIL", expected)], SmtpSink::start()).await;
    let mail = post.mail().await;
    assert_eq!(mail.len(), 1);
    assert_eq!(mail[0].to, ADMINISTRATOR, "there is one");
    let leave = |tx: &mut Tx<'_>| {
        let all = tx.list_administrators()?;
        tx.remove_administrator(&all[0].user.user_id)
    };
    assert!(post.hub.hub.store.write(leave).await.unwrap());
    post.pause();
    post.check().await;
    let mail = post.mail().await;
    assert_eq!(mail.len(), 2);
    assert_eq!(mail[1].to, expected);
    post.hub.stop().await;
}

#[actix_web::test]
async fn what_a_server_cannot_take_now_leaves_later_and_is_the_same_mail() {
    for database in each_database() {
        let sink = SmtpSink::start();
        sink.refuse_next("451 4.3.0 the disk is full");
        sink.refuse_next("535 5.7.8 not you");
        let post = start(database, &[], sink).await;
        assert_eq!(post.mail().await, []);
        for minutes in &limits::MAIL_RETRY_MINUTES[..2] {
            let failed = entries(&post, "fn").await.len();
            assert_eq!(post.mail().await, [], "not before its time");
            assert_eq!(entries(&post, "fn").await.len(), failed);
            post.hub.clock.advance(minutes * 60 + 1);
            post.mail().await;
        }
        assert_eq!(post.mail().await.len(), 1);
        let failed = entries(&post, "fn").await;
        assert_eq!(failed.len(), 2);
        assert!(failed[0].description.contains("the disk is full"), "{}", failed[0].description);
        assert!(failed[0].description.contains("the next attempt is at "), "{}", failed[0].description);
        assert!(failed[0].description.contains(ADMINISTRATOR), "{}", failed[0].description);
        let sent = entries(&post, "mail_sent").await;
        assert_eq!(sent[0].details["attempt"], 3);
        post.hub.stop().await;
    }
}

#[actix_web::test]
async fn what_a_server_refuses_for_good_is_given_up_and_so_is_what_fails_for_days() {
    let sink = SmtpSink::start();
    sink.refuse_next("550 5.1.1 no such person");
    let post = start(sqlite(), &[], sink).await;
    assert_eq!(post.mail().await, []);
    let failed = entries(&post, "fn").await;
    assert!(failed[0].description.ends_with("given up"), "{}", failed[0].description);
    post.hub.clock.advance(4 * DAY);
    assert_eq!(post.mail().await, []);
    assert_eq!(entries(&post, "fn").await.len(), 1);

    // The last reminder, at a server that is never well.
    for _ in 0..=limits::MAIL_RETRY_MINUTES.len() {
        post.sink.refuse_next("421 4.3.2 going down");
    }
    post.check().await;
    for minutes in limits::MAIL_RETRY_MINUTES {
        post.mail().await;
        post.hub.clock.advance(minutes * 60 + 1);
    }
    assert_eq!(post.mail().await, []);
    let failed = entries(&post, "fn").await;
    assert_eq!(failed.len(), 1 + limits::MAIL_RETRY_MINUTES.len() + 1, "{failed:#?}");
    assert!(failed.last().unwrap().description.ends_with("given up"));
    post.hub.clock.advance(30 * DAY);
    assert_eq!(post.mail().await, []);
    post.hub.stop().await;
}

#[actix_web::test]
async fn what_comes_up_for_the_same_person_goes_in_one_mail_and_the_next_waits() {
    for database in each_database() {
        let post = start(database, &[], SmtpSink::start()).await;
        let ends_at = post.hub.clock.now().plus_seconds(5 * DAY).seconds();
        let secret_ends = |name: &str| {
            let mut body = provider_connection(name, &post.provider, Channel::BackChannel, &[]);
            body["display_name"] = json!(name.to_uppercase());
            body["options"]["client_secret_expires_at"] = json!(ends_at);
            body
        };
        let other = post.hub.connection(secret_ends("other")).await;
        // The first may have left already.
        let first = post.mail().await.len();
        diagnoses::status(&post.hub.hub, &other).await.unwrap();
        let third = post.hub.connection(secret_ends("third")).await;
        diagnoses::status(&post.hub.hub, &third).await.unwrap();
        assert_eq!(post.mail().await.len(), first, "one mail in a quarter of an hour");
        post.pause();
        let mail = post.mail().await;
        assert_eq!(told(&mail[first..]), [(ADMINISTRATOR, "2 notices about your connections")]);
        let text = &mail[first].text;
        for part in ["OTHER", "THIRD", "connections/other/checks", "connections/third/checks"] {
            assert!(text.contains(part), "{text}");
        }
        post.hub.stop().await;
    }
}

#[actix_web::test]
async fn a_password_is_sent_encrypted_or_not_at_all() {
    let certificates = Certificates::generate();
    let authority = certificates.authority.to_str().unwrap().to_owned();
    let account = "hub:canary-mail-password@localhost";

    let plain = SmtpSink::start();
    let url = format!("smtp://{account}:{}?tls=required", plain.port);
    let post = start(sqlite(), &[("VESTIBULE_SMTP_URL", &url)], plain).await;
    assert_eq!(post.mail().await, []);
    let heard = post.sink.heard();
    assert!(!heard.is_empty() && !heard.iter().any(|said| said.starts_with("AUTH")), "{heard:?}");
    let failed = entries(&post, "fn").await;
    assert!(!failed.is_empty());
    assert!(!json!(failed).to_string().contains("canary-mail-password"));
    post.hub.stop().await;

    for (trusted, arrives) in [(false, 0), (true, 1)] {
        let sink = SmtpSink::start_tls(certificates.server_config());
        let url = format!("smtps://{account}:{}", sink.port);
        let mut settings = vec![("VESTIBULE_SMTP_URL", url.as_str())];
        if trusted {
            settings.push(("VESTIBULE_OUTBOUND_CA_FILE", &authority));
        }
        let post = start(sqlite(), &settings, sink).await;
        assert_eq!(post.mail().await.len(), arrives, "trusted: {trusted}");
        let has_signed_in = post.sink.heard().iter().any(|said| said.starts_with("AUTH PLAIN "));
        assert_eq!(has_signed_in, trusted);
        post.hub.stop().await;
    }
}
