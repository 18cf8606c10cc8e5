//! The state of a connection: found out when it is asked for, kept, and told again for a while, by every node.

use futures_util::future::join_all;
use serde_json::{Value, json};
use vestibule::domain::limits;

use super::connection_check::{body, findings, outcome};
use super::server::Api;
use crate::support::databases::sqlite;
use crate::support::fake_provider::{Behaviour, CLIENT_SECRET, FakeProvider};
use crate::support::hub::{JsonAnswer as _, reqwest_client};

async fn stored(api: &Api, provider: &FakeProvider) -> String {
    let mut body = body(provider);
    // Said, so that nobody has to ask the provider what it promises.
    body["options"]["redirect_uri"] = json!("connection");
    let made = api.post("/connections", body).await.expect(201);
    format!("/connections/{}", made["id"].as_str().unwrap())
}

async fn status(api: &Api, path: &str) -> Value {
    api.get(&format!("{path}/status")).await.expect(200)
}

#[actix_web::test]
async fn a_status_is_told_again_for_a_while_and_found_out_anew_after_that_or_a_change() {
    for api in Api::each().await {
        let provider = FakeProvider::start(&api.server.clock);
        let path = stored(&api, &provider).await;
        let first = status(&api, &path).await;
        assert_eq!(first["state"], "ready", "{first:#}");
        assert_eq!(first["name"], "acme");
        assert_eq!(outcome(&first, "client-credentials"), "ok");
        assert!(!first.to_string().contains(CLIENT_SECRET));
        provider.behave(Behaviour { discovery: Some(|answer, _| answer.fail(404)), ..Behaviour::default() });
        let before = api.server.database.dump();
        assert_eq!(status(&api, &path).await, first);
        let other = api.server.another_node(&[]).await;
        let elsewhere = reqwest_client()
            .get(format!("{}/api/v2{path}/status", other.address))
            .bearer_auth(api.server.management_token().await);
        assert_eq!(elsewhere.send().await.unwrap().json_value().await, first);
        assert_eq!(provider.counts().token(), 1);
        assert!(!before.contains("canary-client-secret"));

        api.server.clock.advance(limits::DIAGNOSIS_SECONDS + 1);
        let later = status(&api, &path).await;
        assert_eq!(findings(&later)[0], "discovery discovery-not-found");
        assert_eq!(later["state"], "broken");
        assert!(later["checked_at"].as_str() > first["checked_at"].as_str());

        provider.behave(Behaviour::default());
        api.patch(&path, json!({"options": {"client_secret": "another secret"}})).await.expect(200);
        let changed = status(&api, &path).await;
        assert!(findings(&changed).contains(&"client-credentials client-refused".to_owned()), "{changed:#}");
        api.stop().await;
    }
}

#[actix_web::test]
async fn of_many_who_ask_at_once_one_makes_the_provider_answer() {
    let api = Api::start(sqlite()).await;
    let provider = FakeProvider::start(&api.server.clock);
    let path = stored(&api, &provider).await;
    let told = join_all((0..50).map(|_| status(&api, &path))).await;
    assert!(told.iter().all(|one| *one == told[0] && one["state"] == "ready"), "{:#}", told[0]);
    let counts = provider.counts();
    assert_eq!((counts.discovery(), counts.keys(), counts.token()), (1, 1, 1));
    api.stop().await;
}

#[actix_web::test]
async fn a_connection_without_a_provider_and_one_that_is_gone_have_no_state_to_find_out() {
    let api = Api::start(sqlite()).await;
    let local = api.add_local_connection("people").await;
    let answer = status(&api, &format!("/connections/{}", local["id"].as_str().unwrap())).await;
    assert_eq!(answer["state"], "unknown");
    assert_eq!(outcome(&answer, "discovery"), "skipped");
    api.get("/connections/con_0123456789abcdef/status").await.expect_refusal(404, "inexistent_connection");
    api.get("/connections/con_0123456789abcdef/status?x=1").await.expect_refusal(400, "invalid_query_string");
    api.stop().await;
}

#[actix_web::test]
async fn a_connection_that_is_changed_again_and_again_does_not_turn_the_hub_against_its_provider() {
    let api = Api::start(sqlite()).await;
    let provider = FakeProvider::start(&api.server.clock);
    let path = stored(&api, &provider).await;
    let burst = usize::try_from(limits::DIAGNOSES_BURST).unwrap();
    let (mut refused, started) = (0, std::time::Instant::now());
    for number in 0..2 * burst {
        api.patch(&path, json!({"display_name": format!("Acme {number}")})).await.expect(200);
        let told = api.get(&format!("{path}/status")).await;
        if told.status == 429 {
            told.expect_refusal(429, "too_many_requests");
            refused += 1;
        }
    }
    let refilled = started.elapsed().as_secs() / limits::DIAGNOSIS_REFILL_SECONDS + 1;
    assert!(refused > 0);
    assert!(provider.counts().token() <= burst + usize::try_from(refilled).unwrap());
    api.stop().await;
}
