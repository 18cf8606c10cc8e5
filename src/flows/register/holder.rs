//! Who asks: the holder of an initial access token, or of the token of one registration.

use crate::crypto::digest;
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::Client;
use crate::domain::client_registration::{InitialAccessToken, RegistrationPolicy};
use crate::flows::guesses::Guessed;
use crate::flows::hub::Hub;
use crate::flows::token::guess_at_client;

use super::RegistrationError;

/// Compared with when there is no such application, so that both cases do the same work.
const NOBODYS_HASH: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub(super) fn check_policy(hub: &Hub) -> Result<(), RegistrationError> {
    match hub.registration {
        RegistrationPolicy::InitialAccessToken => Ok(()),
        RegistrationPolicy::Off => Err(RegistrationError::Off),
    }
}

/// The initial access token behind `token`, if it is good for one more application.
pub(super) async fn initial_access_token(
    hub: &Hub,
    token: Option<&str>,
    origin: &Origin,
) -> Result<InitialAccessToken, RegistrationError> {
    let token = token
        .ok_or_else(|| RegistrationError::not_authorized("registration needs an initial access token"))?;
    let guess = hub.guesses.admit(Guessed::Ticket, origin)?;
    let (hash, now) = (digest::sha256_base64url(token), hub.clock.now());
    let found = hub.store.read(move |tx| tx.find_initial_access_token(&hash, now)).await?;
    if found.is_some() {
        guess.was_right();
    }
    found.ok_or_else(|| {
        RegistrationError::not_authorized("the initial access token is unknown, has expired or is used up")
    })
}

/// The application `client_id`, if `token` is the one it was given at its registration (RFC 7592 §3). The same
/// answer for an unknown application and a wrong token.
pub(super) async fn registered_client(
    hub: &Hub,
    client_id: &str,
    token: Option<&str>,
    origin: &Origin,
) -> Result<Client, RegistrationError> {
    let wanted = client_id.to_owned();
    let client = hub.store.read(move |tx| tx.find_client(&wanted)).await?;
    let guess = guess_at_client(hub, client.as_ref(), origin)?;
    let known = client.as_ref().and_then(|client| client.registration_token_hash.as_deref());
    let hash = digest::sha256_base64url(token.unwrap_or_default());
    let is_equal = digest::secrets_match(hash.as_bytes(), known.unwrap_or(NOBODYS_HASH).as_bytes());
    let is_proven = is_equal && known.is_some() && token.is_some();
    if is_proven {
        guess.was_right();
    }
    client.filter(|_| is_proven).ok_or_else(|| {
        RegistrationError::not_authorized("the registration access token is not that of this application")
    })
}

/// A log entry about `client`, for the transaction that makes the change.
pub(super) fn entry(hub: &Hub, description: &str, client: &Client, origin: &Origin) -> LogEntry {
    let suffix = hub.random.alphanumeric(12);
    let mut entry = LogEntry::new(hub.clock.now(), &suffix, LogType::ManagementWrite, description, origin);
    entry.name(client);
    let changed = serde_json::json!({"resource": "client", "id": client.client_id});
    entry.details.insert("changed".into(), changed);
    entry
}
