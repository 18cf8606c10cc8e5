//! Federated sign-out: the browser goes on to the provider's `end_session_endpoint` (OpenID Connect RP-Initiated
//! Logout 1.0, we being the application), and comes back.
//!
//! The provider's ID token is not kept, so there is no `id_token_hint`: `client_id` says who asks, and the provider may
//! want the person to confirm.
//!
//! What comes back is sealed for the browser that left: the secret in its cookie is part of the seal, so a `state` that
//! one person was given opens in no other browser, and in the same one only until the cookie was used.

use serde::{Deserialize, Serialize};

use super::SignedOut;
use crate::crypto::sealing::Purpose;
use crate::domain::audit::{LogEntry, LogType};
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, Strategy};
use crate::domain::limits;
use crate::domain::secret::Secret;
use crate::flows::hub::Hub;
use crate::flows::login::Browser;

/// What the browser brings back from the provider, sealed as `state`.
#[derive(Serialize, Deserialize)]
struct WayBack {
    return_to: Option<String>,
    client_name: Option<String>,
    expires_at: Timestamp,
}

/// A browser on its way to a provider that signs it out.
pub(super) struct Trip {
    pub address: String,
    /// What this browser, and no other, brings back in a cookie.
    pub secret: Secret,
}

/// Where the person signs out at the provider; `None`, with a log entry, where that is not possible.
pub(super) async fn sign_out_address(
    hub: &Hub,
    connection: &Connection,
    return_to: Option<String>,
    client: Option<&Client>,
    browser: &Browser,
) -> Option<Trip> {
    if connection.strategy != Strategy::Oidc {
        // Our own classic accounts: signed out here is signed out there.
        return None;
    }
    let now = hub.clock.now();
    let way_back = WayBack {
        return_to,
        client_name: client.map(|client| client.settings.name.clone()),
        expires_at: now.plus_seconds(limits::PROVIDER_SIGN_OUT_SECONDS),
    };
    match address(hub, connection, &way_back, now).await {
        Ok(trip) => Some(trip),
        Err(reason) => {
            let words = format!("signed out here, but not at the provider: {reason}");
            let mut entry = failure(hub, words, browser);
            entry.name(connection);
            entry.name(&client);
            hub.journal.note(entry);
            None
        }
    }
}

async fn address(
    hub: &Hub,
    connection: &Connection,
    way_back: &WayBack,
    now: Timestamp,
) -> Result<Trip, String> {
    let adopted = hub.directory.adopted_metadata(connection).await.map_err(|error| error.to_string())?;
    let provider = hub.upstream.provider(connection, adopted.as_ref(), now).await;
    let provider = provider.map_err(|error| error.to_string())?;
    let endpoint = provider.end_session_endpoint.as_deref().ok_or(
        "it has no end_session_endpoint; enter it for this connection, or publish it in the provider's metadata",
    )?;
    let plain = serde_json::to_vec(way_back).map_err(|error| error.to_string())?;
    let secret = Secret::new(hub.random.token());
    let state = hub.sealer.seal(Purpose::ProviderSignOut, secret.reveal().as_bytes(), &plain, &hub.random);
    let mut url = url::Url::parse(endpoint).map_err(|error| error.to_string())?;
    url.query_pairs_mut()
        .append_pair("client_id", &connection.options.client_id)
        .append_pair("post_logout_redirect_uri", &hub.logout_callback_url())
        .append_pair("state", &state);
    Ok(Trip { address: url.into(), secret })
}

/// The browser is back: on to where it was going. `None` if `state` is not the one it left with, as the `secret` in its
/// cookie shows, or is too old: then nothing says that this browser was ever signed out.
pub fn come_back_from_provider(
    hub: &Hub,
    state: Option<&str>,
    secret: Option<&Secret>,
    browser: &Browser,
) -> Option<SignedOut> {
    let now = hub.clock.now();
    let way_back = state
        .zip(secret)
        .and_then(|(state, secret)| {
            hub.sealer.open(Purpose::ProviderSignOut, secret.reveal().as_bytes(), state).ok()
        })
        .and_then(|plain| serde_json::from_slice::<WayBack>(&plain).ok())
        .filter(|way_back| now < way_back.expires_at);
    let Some(way_back) = way_back else {
        let words = match (state, secret) {
            (None, _) => {
                "the browser came back from signing out at a provider without the state of the request"
            }
            (Some(_), None) => {
                "a browser that left for no provider came back from signing out there; the state was made for another"
            }
            (Some(_), Some(_)) => {
                "the browser came back from signing out at a provider with another state, or too late"
            }
        };
        hub.journal.note(failure(hub, words.to_owned(), browser));
        return None;
    };
    Some(SignedOut { next: way_back.return_to, client_name: way_back.client_name, ..SignedOut::default() })
}

fn failure(hub: &Hub, words: String, browser: &Browser) -> LogEntry {
    let suffix = hub.random.alphanumeric(12);
    LogEntry::new(hub.clock.now(), &suffix, LogType::FederatedLogoutFailed, words, &browser.origin)
}
