//! A token for a hub's Management API: of the management client that the settings name, else of the administrator who is
//! signed in at this terminal.

use anyhow::bail;
use reqwest::Method;
use serde_json::Value;

use super::http::{Exchange, Http};
use super::refusal::{ServerError, of_call};
use super::session;
use crate::config::{ManagementClient, Terminal};
use crate::domain::secret::Secret;

/// Whoever the settings name, asks; else whoever is signed in.
///
/// # Errors
/// Nobody is named, or the hub does not believe them.
pub(super) async fn token(http: &Http, terminal: &Terminal) -> anyhow::Result<Secret> {
    if let Some(client) = &terminal.management_client {
        return Ok(token_of_client(http, terminal, client).await?);
    }
    if let Some(token) = session::bearer(http, terminal).await? {
        return Ok(token);
    }
    let server = &terminal.server;
    if terminal.is_client_withheld {
        bail!(
            "the secret in VESTIBULE_MANAGEMENT_CLIENT_SECRET belongs to the hub of VESTIBULE_ISSUER and is not shown to \
             {server}\n  fix: set VESTIBULE_ISSUER to {server} as well"
        );
    }
    bail!(
        "nobody is signed in at {server}\n  fix: vestibule login --server {server}; a program sets \
         VESTIBULE_MANAGEMENT_CLIENT_ID and VESTIBULE_MANAGEMENT_CLIENT_SECRET to those of the hub"
    )
}

async fn token_of_client(
    http: &Http,
    terminal: &Terminal,
    client: &ManagementClient,
) -> Result<Secret, ServerError> {
    let audience = terminal.server.join("api/v2/");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &client.client_id),
        ("client_secret", client.client_secret.reveal()),
        ("audience", &audience),
    ];
    let exchange = Exchange {
        method: Method::POST,
        url: terminal.server.join("oauth/token"),
        media_type: "application/x-www-form-urlencoded",
        body: serde_urlencoded::to_string(form).ok(),
        bearer: None,
        if_match: None,
    };
    let answer = http.send(exchange).await?;
    if answer.status != 200 {
        return Err(of_call(answer.status, &answer.body));
    }
    let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match json.get("access_token").and_then(Value::as_str) {
        Some(token) => Ok(Secret::new(token)),
        None => Err(ServerError::NotAHub("its token endpoint brought no token".into())),
    }
}
