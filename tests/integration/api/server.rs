//! A hub whose Management API is called, and what it answers.

use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::databases::{TestDatabase, each_database};
pub use crate::support::hub::{MANAGEMENT_CLIENT, MANAGEMENT_SECRET};
use crate::support::hub::{TestHub, reqwest_client};

/// A running hub, and a token with every scope.
pub struct Api {
    pub server: TestHub,
    http: reqwest::Client,
    token: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Api {
    /// One hub on each database.
    pub async fn each() -> Vec<Self> {
        let mut all = Vec::new();
        for database in each_database() {
            all.push(Self::start(database).await);
        }
        all
    }

    pub async fn start(database: TestDatabase) -> Self {
        Self::start_with(database, &[]).await
    }

    /// With more or other settings.
    pub async fn start_with(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let server = TestHub::start_with(database, "http", settings).await;
        let token = server.management_token().await;
        Self { server, http: reqwest_client(), token }
    }

    pub async fn stop(self) {
        self.server.stop().await;
    }

    /// The answer of the token endpoint to an application that asks for the Management API.
    pub async fn ask_for_token(&self, client_id: &str, secret: &str, scope: Option<&str>) -> Answer {
        let audience = self.server.url("api/v2/");
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", secret),
            ("audience", &audience),
        ];
        form.extend(scope.map(|scope| ("scope", scope)));
        let request = self.http.post(self.server.url("oauth/token"));
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(serde_urlencoded::to_string(form).unwrap());
        Answer::of(request.send().await.unwrap()).await
    }

    /// A token of the bootstrap application with these scopes, or all.
    pub async fn token_for(&self, scope: Option<&str>) -> String {
        let answer = self.ask_for_token(MANAGEMENT_CLIENT, MANAGEMENT_SECRET, scope).await;
        answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    }

    /// A call of `/api/v2PATH` without a token.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, self.server.url(&format!("api/v2{path}")))
    }

    /// A call with the token of every scope, and these headers and body.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = self.request(method, path).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(HeaderName::from_static(name), *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        Answer::of(request.send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, &[], Some(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await
    }

    /// A connection to a provider that does not exist, changed by `options`.
    pub async fn add_connection(&self, name: &str, options: Value) -> Value {
        let mut body = json!({"name": name, "strategy": "oidc", "options": {
            "type": "back_channel", "discovery_url": "https://idp.example", "client_id": "at-idp",
            "client_secret": "secret-at-idp",
        }});
        let (Value::Object(into), Value::Object(from)) = (&mut body["options"], options) else { panic!() };
        into.extend(from);
        self.post("/connections", body).await.expect(201)
    }

    pub async fn add_client(&self, name: &str) -> Value {
        let body = json!({"name": name, "callbacks": ["https://app.example/callback"]});
        self.post("/clients", body).await.expect(201)
    }

    pub async fn add_local_connection(&self, name: &str) -> Value {
        self.post("/connections", json!({"name": name, "strategy": "local"})).await.expect(201)
    }
}

impl Answer {
    pub async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The body of an answer with this status.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// The shape of every refusal.
    pub fn expect_refusal(&self, status: u16, code: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(body["statusCode"], json!(status));
        assert_eq!(body["errorCode"], json!(code), "{body}");
        assert!(body["error"].is_string() && body["message"].as_str().is_some_and(|text| !text.is_empty()));
        assert!(self.header("content-type").starts_with("application/json"));
        assert_eq!(self.header("cache-control"), "no-store");
        body
    }

    /// The paths of a refused body's problems.
    pub fn problem_paths(&self) -> Vec<String> {
        let problems = self.json()["problems"].as_array().cloned().unwrap_or_default();
        problems.iter().map(|problem| problem["path"].as_str().unwrap().to_owned()).collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

pub use crate::support::sign_in::segment;
