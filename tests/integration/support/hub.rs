//! A whole hub in this process: real router, real database, real HTTP on a port of its own.

use std::net::TcpListener;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use vestibule::app::{App, Running};
use vestibule::config::Config;
use vestibule::domain::audit::{LogEntry, Origin};
use vestibule::domain::clock::Clock;
use vestibule::domain::connection::Connection;
use vestibule::flows::hub::Hub;
use vestibule::flows::manage::{self, Actor, Expected, LogoSource};
use vestibule::store::{LogFilter, Page};

use super::databases::TestDatabase;

/// The application that may use the Management API of every test hub.
pub const MANAGEMENT_CLIENT: &str = "management";
pub const MANAGEMENT_SECRET: &str = "management-secret-canary-0123456789abcdef";
/// Base64 of the master key of [`super::databases::sealer`].
pub const MASTER_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// A hub that listens.
pub struct TestHub {
    pub hub: Arc<Hub>,
    /// The issuer: ends with a slash.
    pub issuer: String,
    /// The hub's clock; `clock.advance(seconds)` moves it.
    pub clock: Clock,
    pub database: TestDatabase,
    running: Running,
    _data: TempDir,
}

/// Another process of the same hub.
pub struct Node {
    pub hub: Arc<Hub>,
    /// Where it listens, without a slash at the end; its issuer is the first one's.
    pub address: String,
}

/// A registered application.
pub struct Registered {
    pub client_id: String,
    /// Empty for a public application.
    pub secret: String,
}

impl TestHub {
    /// Starts a hub on `database`, over http on localhost.
    pub async fn start(database: TestDatabase) -> Self {
        Self::start_with(database, "http", &[]).await
    }

    /// Starts a hub with more or other settings, such as `VESTIBULE_TLS_CERT` for `scheme` https.
    pub async fn start_with(database: TestDatabase, scheme: &str, settings: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let issuer = format!("{scheme}://localhost:{port}/");
        let data = tempfile::tempdir().unwrap();
        let own = [
            ("VESTIBULE_ISSUER", issuer.clone()),
            ("VESTIBULE_LISTEN", format!("127.0.0.1:{port}")),
            ("VESTIBULE_DATA_DIR", data.path().join("data").display().to_string()),
            ("VESTIBULE_DATABASE_URL", database.url()),
            ("VESTIBULE_MASTER_KEY", MASTER_KEY.to_owned()),
            ("VESTIBULE_OUTBOUND_ALLOW", "127.0.0.0/8,::1".to_owned()),
            // What a test counts at its provider, the test has asked for.
            ("VESTIBULE_CONNECTION_CHECKS", "0".to_owned()),
            ("VESTIBULE_MANAGEMENT_CLIENT_ID", MANAGEMENT_CLIENT.to_owned()),
            ("VESTIBULE_MANAGEMENT_CLIENT_SECRET", MANAGEMENT_SECRET.to_owned()),
        ];
        let own = own.into_iter().filter(|(name, _)| settings.iter().all(|(chosen, _)| chosen != name));
        let more = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let pairs = own.map(|(name, value)| (name.to_owned(), value)).chain(more);
        let config = Config::load(pairs, None).unwrap();
        let clock = Clock::default();
        let app = App::build(&config, clock.clone()).await.unwrap();
        let running = app.listen(listener).unwrap();
        Self { hub: Arc::clone(&app.hub), issuer, clock, database, running, _data: data }
    }

    /// The address of a path below the issuer.
    pub fn url(&self, path: &str) -> String {
        format!("{}{}", self.issuer, path.trim_start_matches('/'))
    }

    /// A second process on the same database, master key and clock: what a restart, or another node, is. It runs
    /// until the test's own system ends.
    pub async fn another_node(&self, settings: &[(&str, &str)]) -> Node {
        let data = tempfile::tempdir().unwrap();
        let own = [
            ("VESTIBULE_ISSUER", self.issuer.clone()),
            ("VESTIBULE_DATA_DIR", data.path().join("data").display().to_string()),
            ("VESTIBULE_DATABASE_URL", self.database.url()),
            ("VESTIBULE_MASTER_KEY", MASTER_KEY.to_owned()),
            ("VESTIBULE_OUTBOUND_ALLOW", "127.0.0.0/8,::1".to_owned()),
            ("VESTIBULE_CONNECTION_CHECKS", "0".to_owned()),
        ];
        let more = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let own = own.into_iter().filter(|(name, _)| settings.iter().all(|(other, _)| other != name));
        let pairs = own.map(|(name, value)| (name.to_owned(), value)).chain(more);
        let app = App::build(&Config::load(pairs, None).unwrap(), self.clock.clone()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let running = app.listen(listener).unwrap();
        std::mem::forget((running, data));
        Node { hub: Arc::clone(&app.hub), address: format!("http://localhost:{port}") }
    }

    /// Registers an application as the Management API would.
    pub async fn client(&self, body: Value) -> Registered {
        let made =
            manage::create_client(&self.hub, &self.administrator().await, &object(body)).await.unwrap();
        self.hub.directory.forget();
        let secret = made.secret.map_or_else(String::new, |secret| secret.reveal().to_owned());
        Registered { client_id: made.client.client_id, secret }
    }

    /// Makes a connection as the Management API would.
    pub async fn connection(&self, body: Value) -> Connection {
        let made =
            manage::create_connection(&self.hub, &self.administrator().await, &object(body)).await.unwrap();
        self.hub.directory.forget();
        made
    }

    /// Gives a connection its logo as the Management API would.
    pub async fn logo(&self, connection_id: &str, file: Vec<u8>) {
        let source = LogoSource::File(file);
        let administrator = self.administrator().await;
        manage::set_connection_logo(&self.hub, &administrator, connection_id, source, Expected::Any)
            .await
            .unwrap();
    }

    /// Changes a connection by the Management API: status and JSON.
    pub async fn patch_connection(&self, id: &str, patch: Value) -> (u16, Value) {
        let request = reqwest_client()
            .patch(self.url(&format!("api/v2/connections/{id}")))
            .header("authorization", format!("Bearer {}", self.management_token().await))
            .header("content-type", "application/json")
            .body(patch.to_string());
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json_value().await)
    }

    /// Rotates the keys of a connection by the Management API.
    pub async fn rotate_keys(&self, id: &str) {
        let request = reqwest_client()
            .post(self.url(&format!("api/v2/connections/{id}/keys/rotate")))
            .header("authorization", format!("Bearer {}", self.management_token().await));
        assert_eq!(request.send().await.unwrap().status(), 201);
    }

    /// Declares an API as the Management API would, and grants `client_id` those scopes at it.
    pub async fn api_for(&self, client_id: &str, body: Value, scopes: &[&str]) {
        let administrator = self.administrator().await;
        let made = manage::create_resource_server(&self.hub, &administrator, &object(body)).await.unwrap();
        let grant = json!({"client_id": client_id, "audience": made.identifier, "scope": scopes});
        manage::create_client_grant(&self.hub, &administrator, &object(grant)).await.unwrap();
    }

    /// Adds a person with a classic account as the Management API would; their `user_id`.
    pub async fn person(&self, body: Value) -> String {
        let made = manage::create_user(&self.hub, &self.administrator().await, &object(body)).await.unwrap();
        made.user_id
    }

    /// An access token for the Management API, by the token endpoint.
    pub async fn management_token(&self) -> String {
        let answer: Value = reqwest_client()
            .post(self.url("oauth/token"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!(
                "grant_type=client_credentials&client_id={MANAGEMENT_CLIENT}&client_secret={MANAGEMENT_SECRET}\
                 &audience={}",
                self.url("api/v2/")
            ))
            .send()
            .await
            .unwrap()
            .json_value()
            .await;
        answer["access_token"].as_str().expect("an access token").to_owned()
    }

    /// Every log entry so far, oldest first, those that wait in the journal included.
    pub async fn log(&self) -> Vec<LogEntry> {
        let hub = &self.hub;
        hub.journal.flush(&hub.store, hub.clock.now(), &hub.random).await.unwrap();
        let page = Page::Numbered { number: 0, size: 1_000, with_total: false };
        let mut entries =
            hub.store.read(move |tx| tx.list_logs(&LogFilter::default(), &page)).await.unwrap().items;
        entries.sort_by(|one, other| one.log_id.cmp(&other.log_id));
        entries
    }

    /// Stops as the process would: requests in flight finish.
    pub async fn stop(self) {
        self.running.stop().await;
    }

    async fn administrator(&self) -> Actor {
        let client = self.hub.directory.client(MANAGEMENT_CLIENT).await.unwrap().unwrap();
        Actor::application(client, Origin::default())
    }
}

/// A plain HTTP client that follows nothing.
pub fn reqwest_client() -> reqwest::Client {
    #[expect(clippy::disallowed_methods, reason = "a client of the hub, not the hub")]
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    // Shorter than the hub keeps a connection that is idle: a test that works for long does not use one that has just ended.
    client.pool_idle_timeout(std::time::Duration::from_secs(3)).build().unwrap()
}

/// Reads a JSON answer without a further feature of the HTTP client.
pub trait JsonAnswer {
    async fn json_value(self) -> Value;
}

impl JsonAnswer for reqwest::Response {
    async fn json_value(self) -> Value {
        serde_json::from_slice(&self.bytes().await.unwrap()).unwrap()
    }
}

pub fn object(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}
