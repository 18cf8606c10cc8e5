//! What strangers send takes a bounded place: in the log, in its table, in the answers, and in the queue before them.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::crypto::random::Random;
use vestibule::domain::audit::{LogEntry, LogType, Origin};
use vestibule::domain::connection::Channel;
use vestibule::domain::limits;
use vestibule::flows::hub::Hub;
use vestibule::store::{LogFilter, Page};

use crate::support::databases::{Kind, TestDatabase, each_database};
use crate::support::fake_provider::{Behaviour, FakeProvider, Scene};
use crate::support::keys::Token;
use crate::support::sign_in::{Answer, Stage, as_form, fields, http, post_form, read};

/// Lets the database refuse entries that say `poison`.
fn poison(database: &TestDatabase) {
    match database.kind {
        Kind::Sqlite => database.execute(
            "CREATE TRIGGER poison BEFORE INSERT ON logs WHEN NEW.description LIKE '%poison%'
             BEGIN SELECT RAISE(ABORT, 'row is too big for its index'); END",
        ),
        Kind::Postgres => {
            database
                .execute("ALTER TABLE logs ADD CONSTRAINT poison CHECK (description NOT LIKE '%poison%')");
        }
    }
}

/// Lets the database write no log entry until [`repair`].
fn fill_the_disk(database: &TestDatabase) {
    match database.kind {
        Kind::Sqlite => database.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON logs
             BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
        ),
        Kind::Postgres => {
            database.execute(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN RAISE EXCEPTION ''could not extend file: No space left on device''; END'",
            );
            database.execute(
                "CREATE TRIGGER full_disk BEFORE INSERT ON logs FOR EACH ROW EXECUTE FUNCTION full_disk()",
            );
        }
    }
}

fn repair(database: &TestDatabase) {
    match database.kind {
        Kind::Sqlite => database.execute("DROP TRIGGER full_disk"),
        Kind::Postgres => database.execute("DROP TRIGGER full_disk ON logs"),
    }
}

fn entry(hub: &Hub, ip: &str, words: &str) -> LogEntry {
    let origin = Origin { ip: ip.into(), ..Origin::default() };
    LogEntry::new(hub.clock.now(), &hub.random.alphanumeric(12), LogType::LoginFailed, words, &origin)
}

/// The entries about `word`, in the order in which they happened.
async fn about(stage: &Stage, word: &str) -> Vec<LogEntry> {
    stage.hub.log().await.into_iter().filter(|entry| entry.description.contains(word)).collect()
}

/// Everything in the table.
async fn stored(hub: &Hub) -> Vec<LogEntry> {
    let page = Page::Numbered { number: 0, size: 10_000, with_total: false };
    hub.store.read(move |tx| tx.list_logs(&LogFilter::default(), &page)).await.unwrap().items
}

async fn flush(hub: &Hub) {
    hub.journal.flush(&hub.store, hub.clock.now(), &hub.random).await.unwrap();
}

async fn logs(stage: &Stage) -> Answer {
    stage.manage(Method::GET, "logs?per_page=100", Value::Null).await
}

/// Every way in which somebody without any right can say a name to the hub.
async fn say_everywhere(stage: &Stage, said: &str) -> Vec<(&'static str, Answer)> {
    let mut answers = Vec::new();
    let form = |more: &[(&str, &str)]| {
        let mut form = fields(&[("client_id", said), ("client_secret", said)]);
        form.extend(fields(more));
        form
    };
    for (path, more) in [
        ("oauth/device/code", &[("scope", said)][..]),
        ("oauth/token", &[("grant_type", said)]),
        ("oauth/token", &[("grant_type", "authorization_code"), ("code", said), ("redirect_uri", said)]),
        ("oauth/token", &[("grant_type", "refresh_token"), ("refresh_token", said)]),
        ("oauth/token", &[("grant_type", "client_credentials"), ("audience", said)]),
        ("oauth/par", &[("redirect_uri", said), ("connection", said)]),
        ("oauth/revoke", &[("token", said)]),
        ("oauth/introspect", &[("token", said)]),
        ("authorize", &[("redirect_uri", said), ("response_type", "code")]),
        ("oidc/logout", &[("id_token_hint", said), ("post_logout_redirect_uri", said)]),
        ("login/callback", &[("state", said), ("error", said), ("error_description", said)]),
        ("oauth/backchannel-logout/connection/acme", &[("logout_token", said)]),
        ("activate", &[("user_code", said)]),
        ("oidc/register", &[("client_name", said)]),
    ] {
        answers.push((path, post_form(&stage.hub.url(path), &form(more), &[]).await));
    }
    // Of the application that exists, whose name anybody may know.
    let known = fields(&[
        ("client_id", &stage.app.client_id),
        ("grant_type", said),
        ("redirect_uri", said),
        ("scope", said),
    ]);
    for path in ["oauth/token", "oauth/par", "oauth/device/code", "authorize"] {
        answers.push((path, post_form(&stage.hub.url(path), &known, &[]).await));
    }
    let credentials = http().post(stage.hub.url("oauth/token")).basic_auth(said, Some(said));
    answers
        .push(("oauth/token by header", read(as_form(credentials, &fields(&[("grant_type", "x")]))).await));
    for path in ["userinfo", "api/v2/clients"] {
        answers.push((path, read(http().get(stage.hub.url(path)).bearer_auth(said)).await));
    }
    for path in ["nowhere", "api/v2/nowhere", "connections", "logos", "login", "oidc/register"] {
        let address = stage.hub.url(&format!("{path}/{said}"));
        answers.push((path, read(http().get(address)).await));
    }
    for (path, name) in [("authorize", "client_id"), ("v2/logout", "client_id"), ("activate", "user_code")] {
        let address = stage.hub.url(&format!("{path}?{name}={said}"));
        answers.push((path, read(http().get(address).header("User-Agent", said)).await));
    }
    let from = http().post(stage.hub.url("oauth/token")).header("Origin", format!("https://{said}.example"));
    answers.push(("oauth/token of an origin", read(from.header("X-Request-Id", said)).await));
    answers
}

#[actix_web::test]
async fn whatever_length_a_strangers_words_have_they_are_neither_stored_nor_told_again_in_full() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for length in [1_500, 7_000, 30_000] {
            let said = "Z".repeat(length);
            for (path, answer) in say_everywhere(&stage, &said).await {
                assert!(answer.status < 500, "{path} {length}: {}", answer.status);
                let heard = format!("{:?} {}", answer.headers, answer.text);
                // A page that links to itself in other languages, or posts what a provider sent to us, has to say it all.
                let goes_on = ["activate", "login/callback"].contains(&path);
                let heard = if goes_on { heard.replace(&said, "") } else { heard };
                assert!(!heard.contains(&"Z".repeat(1_001)), "{path} {length} told it all: {}", heard.len());
            }
        }
        let entries = stage.hub.log().await;
        assert!(entries.len() > 60, "{}", entries.len());
        for entry in &entries {
            assert!(entry.bytes() < 6_000, "{entry:?}");
            let named = [&entry.client_id, &entry.connection, &entry.user_id, &entry.user_name];
            assert!(named.into_iter().flatten().all(|name| !name.contains("ZZ")), "{entry:?}");
        }
        assert!(stage.hub.database.dump().lines().all(|line| line.len() < 20_000));
        let listed = logs(&stage).await;
        assert_eq!(listed.status, 200, "{listed:?}");
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn an_entry_that_the_database_refuses_takes_no_other_with_it() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        poison(&stage.hub.database);
        let hub = &stage.hub.hub;
        for number in 0..50 {
            let words =
                if [7, 8, 31].contains(&number) { "poison".into() } else { format!("drop {number:02}") };
            hub.journal.note(entry(hub, "192.0.2.7", &words));
        }
        flush(hub).await;
        let kept: Vec<String> =
            about(&stage, "drop ").await.iter().map(|entry| entry.description.to_string()).collect();
        assert_eq!(kept.len(), 47, "{kept:?}");
        assert!(about(&stage, "poison").await.is_empty());
        stage.hub.clock.advance(limits::COUNTED_LOG_ENTRIES_TOLD_SECONDS);
        flush(hub).await;
        let counted = about(&stage, "further failures").await;
        assert_eq!(counted.len(), 1, "{counted:?}");
        assert_eq!(counted[0].details["refused by the database"], 3);
        hub.journal.note(entry(hub, "192.0.2.7", "drop of later"));
        assert_eq!(about(&stage, "drop ").await.len(), 48, "the journal goes on");
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn the_log_is_read_while_it_cannot_be_written_and_no_entry_is_lost() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let hub = &stage.hub.hub;
        // What is issued is written down in the same transaction, so the token comes first.
        let token = stage.hub.management_token().await;
        fill_the_disk(&stage.hub.database);
        for number in 0..20 {
            hub.journal.note(entry(hub, "192.0.2.7", &format!("drop {number}")));
        }
        let listed = read(http().get(stage.hub.url("api/v2/logs")).bearer_auth(&token)).await;
        assert_eq!(listed.status, 200, "{listed:?}");
        assert!(!listed.text.contains("drop"), "{listed:?}");
        assert!(hub.journal.flush(&hub.store, hub.clock.now(), &hub.random).await.is_err());
        repair(&stage.hub.database);
        assert_eq!(about(&stage, "drop ").await.len(), 20);
        assert_eq!(logs(&stage).await.text.matches("drop ").count(), 20);
        stage.hub.stop().await;
    }
}

/// Whoever reads the log can go while it is being written for them.
#[actix_web::test]
async fn a_flush_that_nobody_waits_for_loses_and_doubles_no_entry() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let hub = &stage.hub.hub;
        for round in 0..20 {
            for number in 0..10 {
                hub.journal.note(entry(hub, "192.0.2.7", &format!("drop {round} {number}")));
            }
            let impatient = hub.journal.flush(&hub.store, hub.clock.now(), &hub.random);
            let _ = actix_web::rt::time::timeout(Duration::from_micros(50 * round), impatient).await;
        }
        flush(hub).await;
        stage.hub.clock.advance(limits::COUNTED_LOG_ENTRIES_TOLD_SECONDS);
        flush(hub).await;
        assert_eq!(about(&stage, "drop ").await.len(), 200);
        assert!(about(&stage, "further failures").await.is_empty());
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn the_noise_of_one_network_keeps_no_entry_of_another_out() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let hub = &stage.hub.hub;
        let long = format!("noise {}", "x".repeat(10_000));
        for number in 0..5_000 {
            hub.journal.note(entry(hub, &format!("198.51.100.{}", number % 256), &long));
        }
        hub.journal.note(entry(hub, "192.0.2.7", "drop of somebody else"));
        flush(hub).await;
        let kept = stored(hub).await;
        assert!(kept.iter().any(|entry| entry.description == "drop of somebody else"), "by the first flush");
        let counted = kept.iter().find(|entry| entry.description.contains("further failures")).unwrap();
        assert!(counted.details["too many from one network"].as_u64().unwrap() > 4_000, "{counted:?}");
        stage.hub.stop().await;
    }
}

/// However many they are and however long they go on.
#[actix_web::test]
async fn strangers_make_the_log_grow_by_their_budget_and_no_faster() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let hub = &stage.hub.hub;
        let (minutes, began) = (3, hub.clock.now());
        let mut sent = 0_usize;
        let mut noted = 0;
        for _ in 0..minutes * 60 {
            for number in 0..200 {
                let one = entry(hub, &format!("10.{number}.0.1"), &format!("noise {}", "x".repeat(2_000)));
                sent += one.bytes();
                noted += 1;
                hub.journal.note(one);
            }
            flush(hub).await;
            stage.hub.clock.advance(1);
        }
        let entries = stored(hub).await;
        let noise: Vec<_> = entries.iter().filter(|entry| entry.description.contains("noise")).collect();
        let bytes: usize = noise.iter().map(|entry| entry.bytes()).sum();
        let seconds = usize::try_from(hub.clock.now().millis() - began.millis()).unwrap() / 1_000 + 1;
        let budget = limits::STRANGER_LOG_BURST_BYTES + seconds * limits::STRANGER_LOG_BYTES_PER_MINUTE / 60;
        assert!(bytes <= budget, "{bytes} of {sent}");
        assert!(bytes >= limits::STRANGER_LOG_BURST_BYTES / 2, "{bytes}");
        // What is not written is told, in numbers.
        stage.hub.clock.advance(60);
        flush(hub).await;
        stage.hub.clock.advance(60);
        flush(hub).await;
        let entries = stored(hub).await;
        let saying =
            |word: &'static str| entries.iter().filter(move |entry| entry.description.contains(word));
        let counted: u64 = saying("further failures")
            .flat_map(|entry| entry.details.values().filter_map(Value::as_u64).collect::<Vec<_>>())
            .sum();
        let written = saying("noise").count() as u64;
        assert_eq!(counted + written, noted, "every one is written or counted");
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn a_name_that_is_only_said_is_no_name_in_the_log() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let form = fields(&[("client_id", "nobody-we-know"), ("scope", "openid")]);
        assert_eq!(post_form(&stage.hub.url("oauth/device/code"), &form, &[]).await.status, 401);
        let told = stage.hub.log().await.pop().unwrap();
        assert_eq!((told.log_type.as_str(), told.client_id), ("fdeaz", None));
        assert!(told.description.contains("nobody-we-know"), "it is said in words: {}", told.description);
        let listed = stage.manage(Method::GET, "logs?client_id=nobody-we-know", Value::Null).await;
        assert_eq!(listed.json, json!([]));
        stage.hub.stop().await;
    }
}

/// Letters that no database compresses.
fn noise(letters: usize) -> String {
    Random::default().alphanumeric(letters)
}

const SAID_BY_A_PROVIDER: &[(&str, fn(&mut Token, &Scene))] = &[
    ("sub", |token, _| token.set("sub", noise(255))),
    ("a long sub", |token, _| token.set("sub", noise(9_000))),
    ("sid", |token, _| token.set("sid", noise(9_000))),
    ("email", |token, _| token.set("email", format!("{}@x.example", noise(9_000)))),
    ("an address of many letters", |token, _| token.set("email", format!("a@{}.example", noise(60)))),
    ("name", |token, _| token.set("name", noise(9_000))),
    ("acr", |token, _| token.set("acr", noise(9_000))),
    ("amr", |token, _| token.set("amr", json!([noise(9_000), "pwd", noise(9_000)]))),
    ("groups", |token, _| token.set("groups", json!(vec![noise(90); 800]))),
    ("claims of many names", |token, _| (0..500).for_each(|_| token.set(&noise(100), noise(50)))),
    ("a claim with a NUL", |token, _| token.set("nickname", "a\0b\u{202e}")),
    ("jti", |token, _| token.set("jti", noise(9_000))),
    ("iss", |token, _| token.set("iss", format!("https://{}.example", noise(9_000)))),
    ("aud", |token, _| token.set("aud", noise(9_000))),
    ("nonce", |token, _| token.set("nonce", noise(9_000))),
];

#[actix_web::test]
async fn whatever_a_provider_says_of_a_person_they_are_signed_in_or_refused_with_a_reason() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        stage.federate("evil", &provider, Channel::BackChannel).await;
        for (what, id_token) in SAID_BY_A_PROVIDER {
            provider.behave(Behaviour { id_token: Some(*id_token), ..Behaviour::default() });
            let page = stage.browser().walk(&stage.ask(&[("connection", "evil")]), &[]).await;
            let (code, error) = (page.answered("code"), page.answered("error"));
            assert!(
                code.is_some() || error.as_deref() == Some("access_denied"),
                "{what}: {error:?} {}",
                page.text
            );
            if let Some(code) = code {
                let answer = stage.redeem(&code).await;
                assert_eq!(answer.status, 200, "{what}: {answer:?}");
            }
        }
        let entries = stage.hub.log().await;
        assert!(entries.iter().all(|entry| entry.bytes() < 16_000));
        assert!(about(&stage, "further failures").await.is_empty());
        assert_eq!(logs(&stage).await.status, 200);
        provider.behave(Behaviour::default());
        let page = stage.browser().walk(&stage.ask(&[("connection", "evil")]), &[]).await;
        assert!(page.answered("code").is_some(), "and the next person is signed in: {}", page.text);
        stage.hub.stop().await;
    }
}
