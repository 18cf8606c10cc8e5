//! Connections are checked when they are saved and on schedule, by one node; what was found is kept for all of them.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use vestibule::domain::audit::LogEntry;
use vestibule::domain::diagnosis::{Diagnosis, State};
use vestibule::domain::limits;
use vestibule::flows::diagnoses;

use super::connection_check::body;
use super::server::Api;
use crate::support::databases::{TestDatabase, each_database, sqlite};
use crate::support::fake_provider::{Behaviour, Body, CLIENT_SECRET, FakeProvider};
use crate::support::hub::reqwest_client;

const HOURS: i64 = 6;
const CHECKS: [(&str, &str); 1] = [("VESTIBULE_CONNECTION_CHECKS", "6")];

async fn start(database: TestDatabase) -> (Api, FakeProvider) {
    let api = Api::start_with(database, &CHECKS).await;
    let provider = FakeProvider::start(&api.server.clock);
    (api, provider)
}

fn named(provider: &FakeProvider, name: &str) -> Value {
    let mut body = body(provider);
    body["name"] = json!(name);
    body
}

async fn saved(api: &Api, body: Value) -> (String, Value) {
    let made = api.post("/connections", body).await.expect(201);
    (format!("/connections/{}", made["id"].as_str().unwrap()), made)
}

/// Waits until the connection is shown with a check after `before`; what is shown then.
async fn checked_after(api: &Api, path: &str, before: &Value) -> Value {
    for _ in 0..200 {
        let shown = api.get(path).await.expect(200);
        if shown["status"]["checked_at"] != before["status"]["checked_at"] {
            return shown;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it was not checked within ten seconds: {before:#}");
}

/// The next check on schedule is due, however late it was drawn.
fn pass_an_interval(api: &Api) {
    api.server.clock.advance(HOURS * 3_600 * (100 + limits::CONNECTION_CHECK_JITTER_PERCENT) / 100 + 1);
}

async fn changes(api: &Api) -> Vec<LogEntry> {
    let entries = api.server.log().await.into_iter();
    entries.filter(|entry| entry.log_type == "connection_state_changed").collect()
}

#[actix_web::test]
async fn a_saved_connection_is_checked_by_itself_and_shows_its_state_wherever_it_is_shown() {
    for database in each_database() {
        let (api, provider) = start(database).await;
        let (path, made) = saved(&api, body(&provider)).await;
        assert_eq!(made["status"], json!({"state": "unknown", "checked_at": null}));
        let shown = checked_after(&api, &path, &made).await;
        assert_eq!(shown["status"]["state"], "ready");
        assert_eq!(api.get("/connections").await.expect(200)[0]["status"], shown["status"]);
        let told = api.get(&format!("{path}/status")).await.expect(200);
        assert_eq!(told["checked_at"], shown["status"]["checked_at"], "it is told, not asked for again");
        assert_eq!(provider.counts().token(), 1);
        let chosen = api.get(&format!("{path}?fields=status")).await.expect(200);
        assert_eq!(chosen, json!({"status": shown["status"]}));

        provider.behave(Behaviour { discovery: Some(|answer, _| answer.fail(404)), ..Behaviour::default() });
        let mut edited = shown.clone();
        edited["display_name"] = json!("Acme");
        let answer = api.patch(&path, edited).await.expect(200);
        assert_eq!(answer["status"], shown["status"], "whoever saves it does not wait");
        let shown = checked_after(&api, &path, &shown).await;
        assert_eq!(shown["status"]["state"], "broken");
        let refused = api.patch(&path, json!({"status": "ready"})).await;
        assert_eq!(refused.problem_paths(), ["status"]);
        let mut other = named(&provider, "other");
        other["status"] = shown["status"].clone();
        assert_eq!(api.post("/connections", other).await.problem_paths(), ["status"]);
        api.stop().await;
    }
}

fn refuse_our_secret(provider: &FakeProvider) {
    provider.behave(Behaviour {
        token: Some(|answer, scene| {
            answer.status = 401;
            let words = format!("{} is not the secret", scene.client_secret);
            answer.set("error", "invalid_client");
            answer.set("error_description", words);
        }),
        ..Behaviour::default()
    });
}

#[actix_web::test]
async fn a_change_of_state_is_one_log_entry_that_can_be_forwarded_and_no_change_is_none() {
    for database in each_database() {
        let (api, provider) = start(database).await;
        let (path, made) = saved(&api, body(&provider)).await;
        let shown = checked_after(&api, &path, &made).await;
        refuse_our_secret(&provider);
        let asked = provider.counts().token();
        // Not before it is due.
        api.server.clock.advance(HOURS * 3_600 * (100 - limits::CONNECTION_CHECK_JITTER_PERCENT) / 100 - 60);
        tokio::time::sleep(Duration::from_millis(2 * limits::CONNECTION_CHECK_POLL_MILLIS)).await;
        assert_eq!(provider.counts().token(), asked);
        pass_an_interval(&api);
        let shown = checked_after(&api, &path, &shown).await;
        assert_eq!(shown["status"]["state"], "broken");
        // Once more, soon, and then at the usual time.
        api.server.clock.advance(limits::BROKEN_CHECKED_AGAIN_SECONDS + 1);
        let shown = checked_after(&api, &path, &shown).await;
        assert_eq!(shown["status"]["state"], "broken");
        let asked = provider.counts().token();
        api.server.clock.advance(limits::BROKEN_CHECKED_AGAIN_SECONDS + 1);
        tokio::time::sleep(Duration::from_millis(2 * limits::CONNECTION_CHECK_POLL_MILLIS)).await;
        assert_eq!(provider.counts().token(), asked);
        let entries = changes(&api).await;
        let turns: Vec<(&Value, &Value)> =
            entries.iter().map(|entry| (&entry.details["from"], &entry.details["to"])).collect();
        assert_eq!(turns, [(&json!("unknown"), &json!("ready")), (&json!("ready"), &json!("broken")),]);
        let told = &entries[1];
        assert_eq!(told.connection.as_deref(), Some("acme"));
        assert!(told.description.contains("client-secret-wrong"), "{}", told.description);
        assert!(told.description.contains("Copy the value of the client secret"), "{}", told.description);
        assert_eq!(told.details["checks"][0]["check"], "client-credentials");
        assert!(!json!(entries).to_string().contains(CLIENT_SECRET));
        assert!(!api.server.database.dump().contains("canary-client-secret"));

        diagnoses::count_states(&api.server.hub).await.unwrap();
        let metrics = api.server.hub.metrics.render();
        assert!(metrics.contains(r#"vestibule_connections{state="broken"} 1"#), "{metrics}");
        assert!(metrics.contains(r#"vestibule_connections{state="ready"} 0"#), "{metrics}");
        api.stop().await;
    }
}

#[actix_web::test]
async fn of_two_nodes_one_checks_each_connection_that_is_due_and_both_show_what_was_found() {
    for database in each_database() {
        let (api, provider) = start(database).await;
        let other = api.server.another_node(&CHECKS).await;
        let mut all = Vec::new();
        for number in 0..12 {
            all.push(saved(&api, named(&provider, &format!("acme-{number}"))).await);
        }
        let shown = join_all(all.iter().map(|(path, made)| checked_after(&api, path, made))).await;
        assert_eq!(provider.counts().token(), all.len());
        refuse_our_secret(&provider);
        pass_an_interval(&api);
        let again = all.iter().zip(&shown).map(|((path, _), before)| checked_after(&api, path, before));
        let again = join_all(again).await;
        // Whoever else might have taken one has had the time to.
        tokio::time::sleep(Duration::from_millis(2 * limits::CONNECTION_CHECK_POLL_MILLIS)).await;
        assert_eq!(provider.counts().token(), 2 * all.len());
        let token = api.server.management_token().await;
        let list = reqwest_client().get(format!("{}/api/v2/connections", other.address)).bearer_auth(token);
        let list: Value = serde_json::from_slice(&list.send().await.unwrap().bytes().await.unwrap()).unwrap();
        for (one, shown) in list.as_array().unwrap().iter().map(|one| {
            let shown = again.iter().find(|shown| shown["id"] == one["id"]).unwrap();
            (one, shown)
        }) {
            assert_eq!(one["status"], shown["status"]);
            assert_eq!(one["status"]["state"], "broken");
        }
        assert_eq!(changes(&api).await.len(), 2 * all.len(), "one entry for each of two changes");
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_disabled_connection_is_not_checked_until_it_is_enabled() {
    let (api, provider) = start(sqlite()).await;
    let mut disabled = body(&provider);
    disabled["is_enabled"] = json!(false);
    let (path, made) = saved(&api, disabled).await;
    let (watched, before) = saved(&api, named(&provider, "watched")).await;
    checked_after(&api, &watched, &before).await;
    tokio::time::sleep(Duration::from_millis(2 * limits::CONNECTION_CHECK_POLL_MILLIS)).await;
    assert_eq!(api.get(&path).await.expect(200)["status"], made["status"]);
    assert_eq!(provider.counts().token(), 1);
    api.patch(&path, json!({"is_enabled": true})).await.expect(200);
    assert_eq!(checked_after(&api, &path, &made).await["status"]["state"], "ready");
    api.stop().await;
}

#[actix_web::test]
async fn connections_that_nobody_queued_are_first_checked_over_a_while_and_not_at_once() {
    for database in each_database() {
        let api = Api::start(database).await;
        let provider = FakeProvider::start(&api.server.clock);
        let mut all = Vec::new();
        for number in 0..8 {
            all.push(saved(&api, named(&provider, &format!("acme-{number}"))).await);
        }
        // As they are when the table is new.
        api.server.database.execute("DELETE FROM connection_diagnoses");
        diagnoses::queue_first_checks(&api.server.hub).await.unwrap();
        let mut due = Vec::new();
        let now = api.server.clock.now();
        for (_, made) in &all {
            let id = made["id"].as_str().unwrap().to_owned();
            let kept = api.server.hub.store.read(move |tx| tx.find_diagnosis(&id)).await.unwrap().unwrap();
            assert!(kept.last.is_none() && kept.state == State::Unknown);
            assert!(
                (now.seconds() - 5..=now.seconds() + limits::FIRST_CHECKS_SECONDS)
                    .contains(&kept.due_at.seconds())
            );
            due.push(kept.due_at);
        }
        due.sort();
        due.dedup();
        assert!(due.len() > 1, "all at the same moment: {due:?}");
        api.server.clock.advance(limits::FIRST_CHECKS_SECONDS);
        let _checking = api.server.another_node(&CHECKS).await;
        for (path, made) in &all {
            checked_after(&api, path, made).await;
        }
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_connection_that_is_saved_again_and_again_does_not_turn_the_hub_against_its_provider() {
    let (api, provider) = start(sqlite()).await;
    let (path, _) = saved(&api, body(&provider)).await;
    let burst = usize::try_from(limits::DIAGNOSES_BURST).unwrap();
    let started = std::time::Instant::now();
    for number in 0..3 * burst {
        api.patch(&path, json!({"display_name": format!("Acme {number}")})).await.expect(200);
        let asked = provider.counts().token();
        for _ in 0..10 {
            if provider.counts().token() > asked {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let refilled =
        usize::try_from(started.elapsed().as_secs() / limits::DIAGNOSIS_REFILL_SECONDS).unwrap() + 1;
    let asked = provider.counts().token();
    assert!(asked >= burst && asked <= burst + refilled, "{asked} times");
    api.stop().await;
}

#[actix_web::test]
async fn a_check_of_settings_that_were_changed_meanwhile_is_not_kept() {
    for database in each_database() {
        let api = Api::start(database).await;
        let provider = FakeProvider::start(&api.server.clock);
        let (_, made) = saved(&api, body(&provider)).await;
        let id = made["id"].as_str().unwrap().to_owned();
        let store = &api.server.hub.store;
        let now = api.server.clock.now();
        let diagnosis = Diagnosis::without_provider(now);
        let kept = store
            .write(move |tx| {
                let before = tx.find_diagnosis(&id)?;
                // An edit, by another node, between reading and writing.
                tx.queue_check(&id, now)?;
                let late = tx.keep_diagnosis(&id, before.as_ref(), (1, &diagnosis), now)?;
                let before = tx.find_diagnosis(&id)?;
                let in_time = tx.keep_diagnosis(&id, before.as_ref(), (1, &diagnosis), now)?;
                Ok::<_, vestibule::store::StoreError>((late, in_time))
            })
            .await
            .unwrap();
        assert_eq!(kept, (false, true));
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_check_that_ends_late_does_not_hide_what_was_found_since() {
    let (api, provider) = start(sqlite()).await;
    let (path, made) = saved(&api, body(&provider)).await;
    let before = checked_after(&api, &path, &made).await;
    let asked = provider.counts().token();
    provider.behave(Behaviour { token: Some(|answer, _| answer.body = Body::Never), ..Behaviour::default() });
    api.patch(&path, json!({"display_name": "Acme Ltd"})).await.expect(200);
    while provider.counts().token() == asked {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    provider.behave(Behaviour::default());
    api.patch(&path, json!({"display_name": "Acme"})).await.expect(200);
    let shown = checked_after(&api, &path, &before).await;
    assert_eq!(shown["status"]["state"], "ready");
    tokio::time::sleep(Duration::from_millis(limits::OUTBOUND_TOTAL_MILLIS + 2_000)).await;
    assert_eq!(api.get(&path).await.expect(200)["status"], shown["status"]);
    api.stop().await;
}
