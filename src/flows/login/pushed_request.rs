//! A pushed authorization request (RFC 9126) as it waits: sealed for its application, found by the hash of its
//! reference. It may be presented again until a login by it has been answered, and then never.

use serde::{Deserialize, Serialize};

use crate::crypto::digest;
use crate::crypto::sealing::Purpose;
use crate::domain::audit::Origin;
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::flows::hub::Hub;
use crate::flows::places;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::store::{RequestToPark, StoreError, Tx};

use super::resolve_request::NotResolved;

/// What every `request_uri` of ours begins with (RFC 9126 §2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

#[derive(Serialize, Deserialize)]
struct Kept {
    parameters: Vec<(String, String)>,
}

/// The reference in a `request_uri` of ours.
pub(super) fn reference_in(request_uri: &str) -> Option<&str> {
    request_uri.strip_prefix(PREFIX)
}

/// Keeps `parameters` of `client`; the `request_uri` that brings them back, or nothing if there is no room.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn keep(
    hub: &Hub,
    client: &Client,
    parameters: Parameters,
    origin: &Origin,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let reference = hub.random.token();
    let hash = digest::sha256_base64url(&reference);
    let plain = serde_json::to_vec(&Kept { parameters: parameters.into_pairs() })
        .map_err(|_| StoreError::Corrupt { what: "parked_requests.request_sealed" })?;
    let client_id = &client.client_id;
    let sealed = hub.sealer.seal(Purpose::PushedRequest, client_id.as_bytes(), &plain, &hub.random);
    let expires_at = now.plus_seconds(limits::PUSHED_REQUEST_SECONDS);
    let place = places::of_client(hub, places::Kept::PushedRequest, origin, client, &hash);
    let keep = move |tx: &mut Tx<'_>| {
        let request =
            RequestToPark { reference_hash: &hash, request_sealed: &sealed, expires_at, place: &place };
        tx.add_pushed_request(request, now)
    };
    Ok(hub.store.write(keep).await?.then(|| format!("{PREFIX}{reference}")))
}

/// The parameters that `client` pushed, and the hash of their reference.
///
/// # Errors
/// `invalid_request_uri`, the same for one that never was, has expired, was used or is another application's.
pub(super) async fn find(
    hub: &Hub,
    client: &Client,
    reference: &str,
    now: Timestamp,
) -> Result<(Parameters, String), NotResolved> {
    let hash = digest::sha256_base64url(reference);
    let key = (hash.clone(), client.client_id.clone());
    let sealed = hub.store.read(move |tx| tx.find_pushed_request(&key.0, &key.1, now)).await?;
    sealed
        .and_then(|sealed| hub.sealer.open(Purpose::PushedRequest, client.client_id.as_bytes(), &sealed).ok())
        .and_then(|plain| serde_json::from_slice::<Kept>(&plain).ok())
        .map(|kept| (Parameters::new(kept.parameters), hash))
        .ok_or_else(|| {
            NotResolved::Pushed(OAuthError::new(
                ErrorCode::InvalidRequestUri,
                "this request_uri is unknown, has expired or has been used: push the request again",
            ))
        })
}

/// Uses up the pushed request that a login came by, in the transaction that answers it; `false` if another login by
/// the same request was answered before.
///
/// The mark outlives every login that could have begun by it; the request itself may have expired meanwhile.
pub(super) fn use_up(
    tx: &mut Tx<'_>,
    reference_hash: Option<&str>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(hash) = reference_hash else { return Ok(true) };
    let forgotten_at = now.plus_seconds(limits::PUSHED_REQUEST_SECONDS + limits::LOGIN_LIFETIME_SECONDS);
    let is_first = tx.finish_login(&format!("{hash}:pushed"), forgotten_at)?;
    tx.remove_parked_request(hash)?;
    Ok(is_first)
}
