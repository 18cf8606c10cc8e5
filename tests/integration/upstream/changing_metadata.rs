//! A provider publishes other metadata: what is safe is adopted, and nothing else before an administrator has seen it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::audit::LogEntry;
use vestibule::domain::connection::{Channel, Connection};

use crate::support::browser::Page;
use crate::support::databases::{TestDatabase, each_database, sqlite};
use crate::support::fake_provider::{Answer, Behaviour, CLIENT_SECRET, FakeProvider, Scene};
use crate::support::hub::{Node, TestHub};
use crate::support::sign_in::{CALLBACK, Stage, http, read};

const CHECKS: [(&str, &str); 1] = [("VESTIBULE_CONNECTION_CHECKS", "6")];

/// Where the provider with this issuer moves its token endpoint to.
static ELSEWHERE: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

fn elsewhere(scene: &Scene) -> String {
    ELSEWHERE.lock().unwrap_or_else(PoisonError::into_inner)[&scene.issuer].clone()
}

fn move_token_endpoint(answer: &mut Answer, scene: &Scene) {
    answer.set("token_endpoint", format!("{}/token", elsewhere(scene)));
}

fn publishing(discovery: fn(&mut Answer, &Scene)) -> Behaviour {
    Behaviour { discovery: Some(discovery), ..Behaviour::default() }
}

/// A hub that checks its connections, with one to a provider, and somebody else's endpoints.
struct Drifting {
    stage: Stage,
    provider: FakeProvider,
    other: FakeProvider,
    connection: Connection,
}

impl Drifting {
    async fn on(database: TestDatabase) -> Self {
        Self::publishing(database, Behaviour::default()).await
    }

    async fn publishing(database: TestDatabase, behaviour: Behaviour) -> Self {
        let hub = TestHub::start_with(database, "http", &CHECKS).await;
        let stage = Stage::at(hub, json!({})).await;
        let (provider, other) =
            (FakeProvider::start(&stage.hub.clock), FakeProvider::start(&stage.hub.clock));
        provider.behave(behaviour);
        ELSEWHERE.lock().unwrap().insert(provider.issuer.clone(), other.issuer.clone());
        let connection = stage.federate("acme", &provider, Channel::BackChannel).await;
        let drifting = Self { stage, provider, other, connection };
        drifting.eventually("is checked", async |status| status["checked_at"] != Value::Null).await;
        drifting
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let hub = &self.stage.hub;
        let url = hub.url(&format!("api/v2/connections/{}{path}", self.connection.id));
        let request = http().request(method, url).bearer_auth(hub.management_token().await);
        let answer = match body {
            Value::Null => read(request).await,
            body => read(request.header("content-type", "application/json").body(body.to_string())).await,
        };
        (answer.status, answer.json)
    }

    async fn status(&self) -> Value {
        self.call(Method::GET, "/status", Value::Null).await.1
    }

    /// Waits until the state shown with the connection is as wanted.
    async fn eventually(&self, what: &str, is_so: impl AsyncFn(&Value) -> bool) {
        for _ in 0..200 {
            let (_, shown) = self.call(Method::GET, "", Value::Null).await;
            if is_so(&shown["status"]).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not within ten seconds: {what}");
    }

    async fn state_becomes(&self, state: &str) {
        self.eventually(state, async |status| status["state"] == state).await;
    }

    /// Has the connection checked again, as saving does; waits for it.
    async fn check(&self) {
        let (_, before) = self.call(Method::GET, "", Value::Null).await;
        let (status, _) =
            self.stage.hub.patch_connection(&self.connection.id, json!({"display_name": "Acme"})).await;
        assert_eq!(status, 200);
        self.eventually("is checked again", async |status| {
            status["checked_at"] != before["status"]["checked_at"]
        })
        .await;
    }

    /// Signs in as if this process had just been started.
    async fn sign_in(&self) -> Page {
        self.stage.hub.hub.upstream.forget(&self.connection.id);
        self.stage.sign_in(&mut self.stage.browser(), &[("connection", "acme")]).await
    }

    async fn succeeds(&self) {
        let page = self.sign_in().await;
        let (url, log) = (page.url.as_str(), self.stage.hub.log().await);
        assert!(url.starts_with(CALLBACK) && url.contains("code="), "{page:?} {log:#?}");
    }

    async fn logged(&self, log_type: &str) -> Vec<LogEntry> {
        let entries = self.stage.hub.log().await.into_iter();
        entries.filter(|entry| entry.log_type == log_type).collect()
    }

    /// Where a node would send codes and the secret, by what it has in memory if there is anything.
    async fn token_endpoint_of(&self, node: &Node) -> String {
        let hub = &node.hub;
        let connection = hub.directory.connection(&self.connection.id).await.unwrap().unwrap();
        let adopted = hub.directory.adopted_metadata(&connection).await.unwrap();
        let provider = hub.upstream.provider(&connection, adopted.as_ref(), hub.clock.now()).await.unwrap();
        provider.token_endpoint.clone().unwrap()
    }
}

fn wrong(status: &Value) -> Vec<&str> {
    status["checks"].as_array().unwrap().iter().filter_map(|check| check["code"].as_str()).collect()
}

#[actix_web::test]
async fn a_token_endpoint_that_moves_elsewhere_gets_no_secret_before_an_administrator_accepts_it() {
    for database in each_database() {
        let drifting = Drifting::on(database).await;
        let Drifting { stage, provider, other, connection } = &drifting;
        let node = stage.hub.another_node(&CHECKS).await;
        drifting.state_becomes("ready").await;
        drifting.succeeds().await;

        provider.behave(publishing(move_token_endpoint));
        drifting.succeeds().await;
        // The login itself has it checked.
        drifting.state_becomes("degraded").await;
        let status = drifting.status().await;
        assert_eq!(wrong(&status), ["metadata-drift"], "{status:#}");
        let waiting = &status["metadata"]["waiting"];
        let change = &waiting["difference"]["changes"][0];
        assert_eq!(change["member"], "token_endpoint");
        assert_eq!(change["from"], format!("\"{}/token\"", provider.issuer));
        assert_eq!(change["to"], format!("\"{}/token\"", other.issuer));
        assert_eq!(change["is_safe"], false);
        drifting.check().await;
        drifting.succeeds().await;
        assert_eq!(drifting.token_endpoint_of(&node).await, format!("{}/token", provider.issuer));
        assert_eq!((other.counts().token(), other.counts().discovery()), (0, 0));
        let told = drifting.logged("connection_metadata_waiting").await;
        assert_eq!(told.len(), 1, "{told:#?}");
        assert!(told[0].description.contains(&other.issuer), "{}", told[0].description);

        // The old endpoint is given up: whoever looks for the reason finds it.
        provider.behave(Behaviour {
            token: Some(|answer, _| answer.fail(503)),
            ..publishing(move_token_endpoint)
        });
        let page = drifting.sign_in().await;
        assert!(page.url.as_str().contains("error=temporarily_unavailable"), "{page:?}");
        let failed = drifting.logged("f").await.pop().unwrap();
        assert!(failed.description.contains("wait for being accepted"), "{}", failed.description);
        assert!(failed.description.contains(&other.issuer), "{}", failed.description);

        let accept = |body: Value| drifting.call(Method::POST, "/metadata/accept", body);
        assert_eq!(accept(json!({"sha256": "another"})).await.0, 409);
        assert_eq!(accept(json!({"sha": "another"})).await.0, 400);
        // They lead our secret to another origin, so it is sent again.
        let (status, refused) = accept(json!({"sha256": waiting["sha256"]})).await;
        assert_eq!((status, &refused["problems"][0]["path"]), (400, &json!("client_secret")), "{refused}");
        assert!(refused["message"].as_str().unwrap().contains(&other.issuer), "{refused}");
        assert_eq!(drifting.token_endpoint_of(&node).await, format!("{}/token", provider.issuer));
        assert_eq!(other.counts().token(), 0);
        let with_secret = json!({"sha256": waiting["sha256"], "client_secret": CLIENT_SECRET});
        let (status, accepted) = accept(with_secret.clone()).await;
        assert_eq!((status, &accepted["sha256"]), (200, &waiting["sha256"]));
        assert_eq!(accepted["waiting"], Value::Null);
        assert_eq!(accept(with_secret).await.0, 409, "nothing waits any more");
        let audited = drifting.logged("sapi").await.pop().unwrap();
        assert_eq!(audited.description, "Accept the metadata of a connection's provider");
        assert_eq!(audited.connection_id.as_deref(), Some(connection.id.as_str()));
        assert_eq!(audited.details["accepted"]["changes"][0]["member"], "token_endpoint");
        // Now it is where codes go, on every node within a second.
        drifting.sign_in().await;
        assert!(other.counts().token() > 0);
        tokio::time::sleep(Duration::from_millis(1_000)).await;
        assert_eq!(drifting.token_endpoint_of(&node).await, format!("{}/token", other.issuer));
        stage.hub.hub.upstream.forget(&connection.id);
    }
}

#[actix_web::test]
async fn metadata_that_name_another_issuer_are_not_gone_by_though_nothing_is_in_memory() {
    let drifting = Drifting::on(sqlite()).await;
    drifting.provider.behave(publishing(|answer, scene| answer.set("issuer", elsewhere(scene))));
    drifting.succeeds().await;
    drifting.state_becomes("degraded").await;
    assert_eq!(wrong(&drifting.status().await), ["metadata-drift"]);
    // The provider takes it back: nothing waits any more.
    drifting.provider.behave(Behaviour::default());
    drifting.check().await;
    let status = drifting.status().await;
    assert_eq!((status["state"].as_str(), &status["metadata"]["waiting"]), (Some("ready"), &Value::Null));
}

#[actix_web::test]
async fn what_a_provider_adds_is_adopted_by_itself_and_told_once() {
    for database in each_database() {
        let drifting = Drifting::on(database).await;
        let before = drifting.status().await["metadata"]["sha256"].clone();
        drifting.provider.behave(publishing(|answer, _| {
            answer.set("claims_supported", json!(["sub", "email", "groups"]));
        }));
        drifting.check().await;
        let status = drifting.status().await;
        assert_eq!(status["state"], "ready", "{status:#}");
        assert_ne!(status["metadata"]["sha256"], before);
        let checks = status["checks"].as_array().unwrap();
        let told = checks.iter().find(|check| check["check"] == "metadata-drift").unwrap();
        assert!(told["came"].as_str().unwrap().contains("claims_supported was added"), "{told}");
        drifting.check().await;
        let entries = drifting.logged("connection_metadata_adopted").await;
        assert_eq!(entries.len(), 1, "{entries:#?}");
        assert!(entries[0].description.contains("groups"), "{}", entries[0].description);
        drifting.succeeds().await;
    }
}

#[actix_web::test]
async fn a_first_document_by_which_nobody_can_sign_in_is_not_adopted() {
    let wrong_issuer = publishing(|answer, _| answer.set("issuer", "https://not-set-up-yet.example"));
    let drifting = Drifting::publishing(sqlite(), wrong_issuer).await;
    drifting.state_becomes("broken").await;
    assert_eq!(drifting.status().await["metadata"], Value::Null);
    drifting.provider.behave(Behaviour::default());
    drifting.check().await;
    let status = drifting.status().await;
    assert_eq!(status["state"], "ready", "{status:#}");
    assert!(status["metadata"]["sha256"].is_string());
    assert!(drifting.logged("connection_metadata_waiting").await.is_empty());
}

#[actix_web::test]
async fn a_connection_that_is_pointed_at_another_provider_adopts_the_first_document_there() {
    let drifting = Drifting::on(sqlite()).await;
    drifting.state_becomes("ready").await;
    let patch = json!({"options": {"discovery_url": drifting.other.issuer, "client_secret": CLIENT_SECRET}});
    let (status, _) = drifting.stage.hub.patch_connection(&drifting.connection.id, patch).await;
    assert_eq!(status, 200);
    drifting.succeeds().await;
    assert_eq!(drifting.other.redeemed().len(), 1);
    drifting.check().await;
    let status = drifting.status().await;
    assert_eq!((status["state"].as_str(), &status["metadata"]["waiting"]), (Some("ready"), &Value::Null));
}

#[actix_web::test]
async fn trying_another_provider_does_not_make_logins_forget_what_was_adopted() {
    let drifting = Drifting::on(sqlite()).await;
    let Drifting { provider, other, .. } = &drifting;
    drifting.state_becomes("ready").await;
    for options in [
        json!({"discovery_url": other.issuer, "client_secret": CLIENT_SECRET}),
        json!({"token_endpoint": format!("{}/token", other.issuer), "client_secret": CLIENT_SECRET}),
    ] {
        drifting.stage.hub.hub.directory.forget_adopted_metadata();
        let (status, tried) = drifting.call(Method::POST, "/check", json!({ "options": options })).await;
        assert_eq!(status, 200, "{tried}");
        let asked = other.counts().token();
        provider.behave(publishing(move_token_endpoint));
        drifting.succeeds().await;
        assert_eq!(other.counts().token(), asked);
        provider.behave(Behaviour::default());
    }
}
