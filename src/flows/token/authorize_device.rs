//! A device asks for its person (RFC 8628 §3.1, §3.2).

use std::sync::Arc;

use serde::Serialize;

use crate::crypto::digest;
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::Client;
use crate::domain::device::{DeviceAuthorization, UserCode};
use crate::domain::limits;
use crate::flows::hub::Hub;
use crate::flows::login::device_request;
use crate::flows::places::{self, Kept};
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;

use super::TokenError;
use super::authenticate_client::{AuthenticatedEndpoint, authenticate_client};

/// What the device shows, and what it asks with.
#[derive(Debug, Serialize)]
pub struct DeviceCodes {
    pub device_code: String,
    pub user_code: String,
    pub verification_uri: String,
    pub verification_uri_complete: String,
    /// Seconds.
    pub expires_in: i64,
    /// Seconds between two questions at the token endpoint.
    pub interval: i64,
}

/// Lets a device wait for its person.
///
/// # Errors
/// [`TokenError`]; a refusal is noted in the journal.
pub async fn authorize_device(
    hub: &Hub,
    authorization: Option<&str>,
    body: &Parameters,
    origin: &Origin,
) -> Result<DeviceCodes, TokenError> {
    let mut client = None;
    let outcome = draw_codes(hub, authorization, body, origin, &mut client).await;
    if let Err(TokenError::Refused(error)) = &outcome {
        let suffix = hub.random.alphanumeric(12);
        let words = error.to_string();
        let mut entry = LogEntry::new(hub.clock.now(), &suffix, LogType::DeviceRequestFailed, words, origin);
        entry.name(&client);
        hub.journal.note(entry);
    }
    outcome
}

async fn draw_codes(
    hub: &Hub,
    authorization: Option<&str>,
    body: &Parameters,
    origin: &Origin,
    proven: &mut Option<Arc<Client>>,
) -> Result<DeviceCodes, TokenError> {
    let endpoint = AuthenticatedEndpoint::DeviceAuthorization;
    let client = authenticate_client(hub, authorization, body, endpoint, origin).await?;
    *proven = Some(Arc::clone(&client));
    let request = device_request(hub, &client, body).await??;
    let now = hub.clock.now();
    let (device_code, user_code) = (hub.random.token(), UserCode::draw(&hub.random));
    let waiting = DeviceAuthorization {
        device_code_hash: digest::sha256_base64url(&device_code),
        user_code_hash: user_code.hash(),
        client_id: client.client_id.clone(),
        scope: request.scope,
        audience: request.audience,
        interval_seconds: limits::DEVICE_POLL_SECONDS,
        polled_at: None,
        denied_at: None,
        grant_id: None,
        created_at: now,
        expires_at: now.plus_seconds(limits::DEVICE_CODE_LIFETIME_SECONDS),
    };
    let place = places::of_client(hub, Kept::Device, origin, &client, &waiting.device_code_hash);
    if !hub.store.write(move |tx| tx.add_device_authorization(&waiting, &place)).await? {
        let text = "too many devices wait for their person already; try again in a minute";
        return Err(OAuthError::new(ErrorCode::TemporarilyUnavailable, text).into());
    }
    let verification_uri = hub.issuer.join("activate");
    let user_code = user_code.shown();
    Ok(DeviceCodes {
        verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
        verification_uri,
        device_code,
        user_code,
        expires_in: limits::DEVICE_CODE_LIFETIME_SECONDS,
        interval: limits::DEVICE_POLL_SECONDS,
    })
}
