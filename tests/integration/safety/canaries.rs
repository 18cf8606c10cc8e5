//! No secret in any sink: log lines, log entries, tables, pages, metrics, Management API.
//! Incidents: CVE-2026-7571, tokens in traces.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Method;
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;
use vestibule::domain::connection::Channel;

use crate::support::databases::each_database;
use crate::support::fake_provider::{Behaviour, CLIENT_SECRET, FakeProvider};
use crate::support::hub::{MANAGEMENT_SECRET, MASTER_KEY};
use crate::support::sign_in::{EMAIL, PASSWORD, PERSON, Stage, VERIFIER, changed, claims_of, code_of};

/// Every log line of this process, from the first use on.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn capture() -> Self {
        static LINES: std::sync::OnceLock<Lines> = std::sync::OnceLock::new();
        let lines = LINES.get_or_init(|| {
            let lines = Lines::default();
            let writer = lines.clone();
            let subscriber = tracing_subscriber::fmt()
                .with_env_filter(EnvFilter::new("debug,vestibule=trace"))
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .finish();
            tracing::subscriber::set_global_default(subscriber).unwrap();
            lines
        });
        lines.clone()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// What must not be found, by name, and where it is looked for.
#[derive(Default)]
struct Search {
    secrets: Vec<(&'static str, String)>,
    /// Pages and answers, without those whose purpose is to carry a secret.
    seen: String,
}

impl Search {
    fn secret(&mut self, name: &'static str, value: impl Into<String>) -> String {
        let value = value.into();
        self.secrets.push((name, value.clone()));
        value
    }
}

#[actix_web::test]
async fn no_secret_is_in_any_log_line_log_entry_table_page_metric_or_api_answer() {
    let lines = Lines::capture();
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut search = Search::default();
        for (name, value) in [
            ("password", PASSWORD),
            ("management secret", MANAGEMENT_SECRET),
            ("master key", MASTER_KEY),
            ("provider's client secret", CLIENT_SECRET),
            ("PKCE verifier", VERIFIER),
            ("application's secret", &stage.app.secret),
        ] {
            search.secret(name, value);
        }
        classic_sign_ins(&stage, &mut search).await;
        for channel in [Channel::BackChannel, Channel::FrontChannel] {
            federated_sign_ins(&stage, channel, &mut search).await;
        }
        management(&stage, &mut search).await;

        let log_api = stage.manage(Method::GET, "logs?per_page=100", Value::Null).await.text;
        let told = [
            ("log lines", lines.text()),
            ("tables and log entries", format!("{}{:?}", stage.hub.database.dump(), stage.hub.log().await)),
            ("pages and answers", search.seen.clone()),
            ("metrics", stage.hub.hub.metrics.render()),
            ("log API", log_api),
        ];
        assert!(told[0].1.contains("signed in") && told[4].1.contains("feacft"), "the sinks were filled");
        for (name, secret) in &search.secrets {
            assert!(secret.len() >= 20, "{name} is too short to search for");
            for (sink, text) in &told {
                let Some(at) = text.find(secret.as_str()) else { continue };
                let around = text.get(at.saturating_sub(200)..(at + 100).min(text.len()));
                panic!("{name} is in {sink}: {around:?}");
            }
        }
    }
}

/// With a wrong password, a right one, a code used badly and well, and everything the tokens open.
async fn classic_sign_ins(stage: &Stage, search: &mut Search) {
    let wrong = search.secret("wrong password", "canary of a wrong password");
    let state = search.secret("state", "canary-state-0123456789-classic");
    let mut browser = stage.browser();
    let page = browser.open(&stage.ask(&[("state", &state)])).await;
    search.seen.push_str(&page.text);
    let page = browser.submit(&page, &page.forms()[0], &[("email", EMAIL)]).await;
    search.seen.push_str(&page.text);
    let page = browser.submit(&page, &page.forms()[0], &[("password", &wrong)]).await;
    search.seen.push_str(&page.text);
    for cookie in browser.cookies() {
        search.secret("login cookie", &cookie.value);
    }
    let answer = browser.submit(&page, &page.forms()[0], PERSON).await;
    let code = search.secret("code", code_of(&answer));
    for cookie in browser.cookies() {
        search.secret("session cookie", &cookie.value);
    }
    let form = stage.exchange(&code);
    for bad in [
        changed(&form, "client_secret", &search.secret("wrong secret", "canary-of-a-wrong-secret")),
        changed(&form, "code", &search.secret("wrong code", "canary-of-a-code-nobody-gave")),
        changed(&form, "grant_type", "password"),
    ] {
        search.seen.push_str(&stage.token(&bad).await.text);
    }
    let tokens = stage.token(&form).await;
    for name in ["access_token", "id_token"] {
        search.secret(if name == "id_token" { "ID token" } else { "access token" }, tokens.text_of(name));
    }
    let access = tokens.text_of("access_token");
    search.seen.push_str(&stage.userinfo(&access).await.text);
    search.seen.push_str(&stage.token(&form).await.text);
    search.seen.push_str(&stage.userinfo(&access).await.text);
    search.seen.push_str(&stage.userinfo(&tokens.text_of("id_token")).await.text);
    // Addresses with secrets in them that lead to error pages.
    for path in ["login/callback", "oauth/token", "nowhere", "oidc/logout"] {
        let url = stage.hub.url(&format!("{path}?state={state}.x&code={code}&id_token_hint={access}"));
        search.seen.push_str(&browser.open(&url).await.text);
    }
    let hint = tokens.text_of("id_token");
    let page = browser.open(&stage.hub.url(&format!("oidc/logout?id_token_hint={hint}"))).await;
    search.seen.push_str(&page.text);
}

/// An honest one, one that fails a check, and one that the provider refuses.
async fn federated_sign_ins(stage: &Stage, channel: Channel, search: &mut Search) {
    let provider = FakeProvider::start(&stage.hub.clock);
    let name = json!(channel).as_str().unwrap().replace('_', "-");
    stage.federate(&name, &provider, channel).await;
    for behaviour in [
        Behaviour::default(),
        Behaviour { id_token: Some(|token, _| token.set("nonce", "another")), ..Behaviour::default() },
        Behaviour { token: Some(|answer, _| answer.fail(500)), ..Behaviour::default() },
        Behaviour {
            reply: Some(|reply, scene| {
                reply.set("error", "access_denied");
                reply.set("error_description", &format!("no, said {}", scene.state));
            }),
            ..Behaviour::default()
        },
    ] {
        provider.behave(behaviour);
        let mut browser = stage.browser();
        browser.stop_at = Some(stage.hub.url("login/callback"));
        let answer = browser.walk(&stage.ask(&[("connection", &name)]), &[]).await;
        for (name, _) in answer.answer() {
            let value = answer.answered(&name).unwrap();
            if ["code", "id_token", "state"].contains(&name.as_str()) {
                search.secret("the provider's answer", value);
            }
        }
        for cookie in browser.cookies() {
            search.secret("login cookie", &cookie.value);
        }
        browser.stop_at = Some("https://app.example/".into());
        let page = match answer.posted.clone() {
            Some(fields) => browser.post(answer.url.as_str(), fields, Some(&answer.url)).await,
            None => browser.open(answer.url.as_str()).await,
        };
        if let Some(code) = page.answered("code") {
            search.secret("code", &code);
            let tokens = stage.redeem(&code).await;
            assert_eq!(claims_of(&tokens.text_of("id_token"))["connection"], name.as_str());
        } else {
            search.seen.push_str(&page.answered("error_description").unwrap());
        }
        // The same answer once more: an error page.
        search.seen.push_str(&browser.open(answer.url.as_str()).await.text);
    }
    for scene in provider.scenes() {
        search.secret("the hub's nonce", scene.nonce);
    }
}

/// Secrets go in, and never come out again but for the one answer that shows them.
async fn management(stage: &Stage, search: &mut Search) {
    search.secret("management token", stage.hub.management_token().await);
    let secret = search.secret("connection's secret", "canary-of-a-new-connections-secret");
    let body = json!({
        "name": "written", "strategy": "oidc",
        "options": {"discovery_url": "https://idp.example", "client_id": "x", "client_secret": secret},
    });
    let made = stage.manage(Method::POST, "connections", body).await;
    search.seen.push_str(&made.text);
    let path = format!("connections/{}", made.text_of("id"));
    let secret = search.secret("connection's next secret", "canary-of-a-connections-next-secret");
    let change = json!({"options": {"client_secret": secret}});
    search.seen.push_str(&stage.manage(Method::PATCH, &path, change).await.text);
    let rotated = format!("clients/{}/rotate-secret", stage.app.client_id);
    let rotated = stage.manage(Method::POST, &rotated, json!({})).await;
    search.secret("application's next secret", rotated.text_of("client_secret"));
    let password = search.secret("another password", "canary of another password");
    let body = json!({"connection": "people", "email": "bob@people.example", "password": password});
    search.seen.push_str(&stage.manage(Method::POST, "users", body).await.text);
    for path in ["connections", "clients", "users", "logs"] {
        search.seen.push_str(&stage.manage(Method::GET, path, Value::Null).await.text);
    }
}
