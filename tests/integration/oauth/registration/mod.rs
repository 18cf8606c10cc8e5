//! Applications that register themselves (RFC 7591, RFC 7592, OpenID Connect Dynamic Client Registration 1.0).

mod initial_access_tokens;
mod initiated_login;
mod metadata;
mod registering;
mod sector_identifiers;
mod self_management;
mod signing_in;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::databases::TestDatabase;
use crate::support::hub::TestHub;
use crate::support::sign_in::{Answer, http, read};

const OPEN: [(&str, &str); 1] = [("VESTIBULE_CLIENT_REGISTRATION", "initial_access_token")];

/// A hub where applications may register, and a token for many of them.
struct Registry {
    hub: TestHub,
    token: String,
}

impl Registry {
    async fn on(database: TestDatabase) -> Self {
        let hub = TestHub::start_with(database, "http", &OPEN).await;
        let token = initial_access_token(&hub, json!({"count": 1000})).await.text_of("token");
        Self { hub, token }
    }

    /// Registers what `metadata` says, with a redirect URI unless it names some.
    async fn register(&self, mut metadata: Value) -> Answer {
        if metadata.get("redirect_uris").is_none() {
            metadata["redirect_uris"] = json!(["https://app.example/callback"]);
        }
        register(&self.hub, Some(&self.token), &metadata).await
    }

    /// The registration that was told to `registered`.
    async fn at(&self, registered: &Answer, method: Method, token: &str, body: Value) -> Answer {
        let request = http()
            .request(method, registered.text_of("registration_client_uri"))
            .header("authorization", format!("Bearer {token}"));
        match body {
            Value::Null => read(request).await,
            body => read(request.header("content-type", "application/json").body(body.to_string())).await,
        }
    }
}

async fn register(hub: &TestHub, token: Option<&str>, metadata: &Value) -> Answer {
    let mut request = http()
        .post(hub.url("oidc/register"))
        .header("content-type", "application/json")
        .body(metadata.to_string());
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    read(request).await
}

async fn initial_access_token(hub: &TestHub, body: Value) -> Answer {
    manage(hub, Method::POST, "initial-access-tokens", body).await
}

async fn manage(hub: &TestHub, method: Method, path: &str, body: Value) -> Answer {
    let token = hub.management_token().await;
    let request = http()
        .request(method, hub.url(&format!("api/v2/{path}")))
        .header("authorization", format!("Bearer {token}"));
    match body {
        Value::Null => read(request).await,
        body => read(request.header("content-type", "application/json").body(body.to_string())).await,
    }
}
