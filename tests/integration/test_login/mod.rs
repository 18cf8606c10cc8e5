//! Somebody tries a connection: to the provider and back, and a report in place of a session.

mod api;
mod chromium;
mod failures;
mod guards;
mod links;
mod report;
mod trip;

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::connection::{Channel, Connection};

use crate::support::browser::{Browser, Page};
use crate::support::databases::TestDatabase;
use crate::support::fake_provider::FakeProvider;
use crate::support::sign_in::{Answer, Stage, http, provider_connection, read};

pub const CHANNELS: [Channel; 2] = [Channel::BackChannel, Channel::FrontChannel];

/// A hub, a provider, and a connection between them that no application may use.
pub struct Trial {
    pub stage: Stage,
    pub provider: FakeProvider,
    pub connection: Connection,
}

impl Trial {
    pub async fn on(database: TestDatabase, channel: Channel) -> Self {
        Self::with(database, channel, json!({})).await
    }

    /// The connection has `options` beside those that it needs.
    pub async fn with(database: TestDatabase, channel: Channel, options: Value) -> Self {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        let mut body = provider_connection("acme", &provider, channel, &[]);
        body["options"].as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let connection = stage.hub.connection(body).await;
        Self { stage, provider, connection }
    }

    /// A link to a test: its id and address.
    pub async fn link(&self) -> (String, String) {
        let path = format!("connections/{}/test", self.connection.id);
        let made = self.stage.manage(Method::POST, &path, json!({})).await;
        assert_eq!(made.status, 201);
        (made.text_of("id"), made.text_of("url"))
    }

    /// The report as an administrator reads it.
    pub async fn told(&self, id: &str) -> Value {
        let path = format!("connections/{}/tests/{id}", self.connection.id);
        self.stage.manage(Method::GET, &path, Value::Null).await.json
    }

    /// Changes the connection.
    pub async fn change(&self, patch: Value) {
        let (status, answer) = self.stage.hub.patch_connection(&self.connection.id, patch).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// Opens the link, presses the button, and goes wherever that leads.
    pub async fn walk(&self, browser: &mut Browser, link: &str) -> Page {
        let page = browser.open(link).await;
        let page = browser.submit(&page, &page.form("test"), &[]).await;
        browser.walk_on(page, &[]).await
    }

    /// A whole test by a new link: what the browser shows, and what an administrator reads.
    pub async fn run(&self) -> (Page, Value) {
        let (id, link) = self.link().await;
        let page = self.walk(&mut Browser::new(), &link).await;
        (page, self.told(&id).await)
    }

    /// A browser that has left for the provider and stops before it comes back; where it stopped.
    pub async fn until_the_answer(&self, link: &str) -> (Browser, Page) {
        let mut browser = Browser::new().stopping_at(&self.stage.hub.url("login/callback"));
        let page = self.walk(&mut browser, link).await;
        assert!(page.stopped, "{page:?}");
        browser.stop_at = None;
        (browser, page)
    }

    /// The whole database, but for what tests leave behind.
    pub fn everything_else(&self) -> String {
        let dump = self.stage.hub.database.dump();
        let other = |line: &&str| !line.starts_with("test_logins.") && !line.starts_with("logs.");
        dump.lines().filter(other).collect::<Vec<_>>().join("\n")
    }
}

/// Brings an answer that stopped to the hub.
pub async fn deliver(browser: &mut Browser, page: &Page) -> Page {
    let page = match page.posted.clone() {
        Some(fields) => browser.post(page.url.as_str(), fields, Some(&page.url)).await,
        None => browser.open(page.url.as_str()).await,
    };
    browser.walk_on(page, &[]).await
}

/// A call of the Management API with a token of one's own.
pub async fn call(trial: &Trial, method: Method, path: &str, token: &str) -> Answer {
    let url = trial.stage.hub.url(&format!("api/v2/{path}"));
    read(http().request(method, url).bearer_auth(token)).await
}

/// `passed`, `failed`, … of a report page.
pub fn outcome(page: &Page) -> String {
    crate::support::sign_in::between(&page.text, "data-outcome=\"", "\"")
}
