//! An application reads, replaces or ends its own registration (RFC 7592 §2).

use serde_json::{Map, Value};

use crate::crypto::digest;
use crate::domain::audit::{LogEntry, Origin};
use crate::domain::client::{Client, ClientSecret, reregistered_client};
use crate::domain::problem::Problem;
use crate::domain::secret::Secret;
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::flows::manage::new_secret;
use crate::flows::sector_identifier::CheckedSector;
use crate::store::{StoreError, Tx};

use super::register_client::Registration;
use super::{RegistrationError, holder};

/// What a client must not send when it replaces its registration (RFC 7592 §2.2).
const NOT_SENT: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];

/// The registration as it is. The secret is stored hashed and not told again.
///
/// # Errors
/// [`RegistrationError`].
pub async fn read_registration(
    hub: &Hub,
    client_id: &str,
    token: Option<&str>,
    origin: &Origin,
) -> Result<Registration, RegistrationError> {
    holder::check_policy(hub)?;
    let client = holder::registered_client(hub, client_id, token, origin).await?;
    Ok(Registration { client, secret: None, token: Secret::new(token.unwrap_or_default()) })
}

/// Replaces the metadata by `metadata`, which names the client; what it leaves out gets its default. A client
/// that begins to need a secret, or one that signs, is given a new one.
///
/// # Errors
/// [`RegistrationError`].
pub async fn replace_registration(
    hub: &Hub,
    client_id: &str,
    token: Option<&str>,
    metadata: &Map<String, Value>,
    origin: &Origin,
) -> Result<Registration, RegistrationError> {
    holder::check_policy(hub)?;
    let current = holder::registered_client(hub, client_id, token, origin).await?;
    let now = hub.clock.now();
    let mut problems = problems_with(metadata, &current);
    let outcome = reregistered_client(&current, metadata, now);
    let mut client = match outcome {
        Ok(client) if problems.is_empty() => client,
        Ok(_) => return Err(RegistrationError::invalid(&problems)),
        Err(more) => {
            problems.extend(more);
            return Err(RegistrationError::invalid(&problems));
        }
    };
    if let Some(sector) = CheckedSector::needed(&client.settings, Some(&current.settings)) {
        sector.check_for(hub, client_id).await.map_err(|problem| RegistrationError::invalid(&[problem]))?;
    }
    let signs = client.settings.signs_with_secret();
    let mut secret = None;
    if !client.settings.uses_secret() {
        (client.secret, client.previous_secret) = (None, None);
    } else if client.secret.is_none() || client.must_rotate_secret() {
        let new = new_secret(&hub.random);
        (client.secret, client.previous_secret) = (Some(ClientSecret::new(&new, signs, now)), None);
        secret = Some(new);
    } else if !signs {
        for kept in client.secret.iter_mut().chain(&mut client.previous_secret) {
            kept.readable = None;
        }
    }
    let entry = holder::entry(hub, "An application changed its registration", &client, origin);
    let stored = client.clone();
    // Read at its version: a simultaneous change by an administrator is not undone.
    write(hub, entry, move |tx| tx.change_client(&stored).map(drop)).await?;
    Ok(Registration { client, secret, token: Secret::new(token.unwrap_or_default()) })
}

/// Ends the registration, with the application's grants and consents.
///
/// # Errors
/// [`RegistrationError`].
pub async fn remove_registration(
    hub: &Hub,
    client_id: &str,
    token: Option<&str>,
    origin: &Origin,
) -> Result<(), RegistrationError> {
    holder::check_policy(hub)?;
    let client = holder::registered_client(hub, client_id, token, origin).await?;
    let entry = holder::entry(hub, "An application ended its registration", &client, origin);
    write(hub, entry, move |tx| tx.remove_client(&client.client_id).map(drop)).await
}

async fn write(
    hub: &Hub,
    entry: LogEntry,
    change: impl Fn(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static,
) -> Result<(), RegistrationError> {
    journal::trace(&entry);
    let outcome = hub
        .store
        .write(move |tx| {
            change(tx)?;
            tx.add_log_entries(std::slice::from_ref(&entry))
        })
        .await;
    hub.directory.forget_applications();
    Ok(outcome?)
}

fn problems_with(metadata: &Map<String, Value>, current: &Client) -> Vec<Problem> {
    let mut problems = Vec::new();
    if metadata.get("client_id").and_then(Value::as_str) != Some(&current.client_id) {
        problems.push(Problem::new("client_id", "must be that of the registration"));
    }
    if let Some(secret) = metadata.get("client_secret") {
        let sent = digest::sha256_base64url(secret.as_str().unwrap_or_default());
        let is_it = |known: &ClientSecret| digest::secrets_match(known.hash.as_bytes(), sent.as_bytes());
        if !current.secret.as_ref().is_some_and(is_it) {
            problems.push(Problem::new("client_secret", "is not the current one; leave it out"));
        }
    }
    for name in NOT_SENT.into_iter().filter(|name| metadata.contains_key(*name)) {
        problems.push(Problem::new(name, "is not the client's to send; leave it out"));
    }
    problems
}
