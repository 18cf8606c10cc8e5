//! An application signed something: whether one of its keys verifies it (RFC 7515, RFC 8725).

use crate::crypto::jws::{Algorithm, Jws};
use crate::domain::client::Client;
use crate::flows::hub::Hub;
use crate::upstream::{KeySet, Signature, UpstreamError};

/// Why a signature of an application is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ClientKeyError {
    #[error("the application has registered no keys")]
    NoKeys,
    #[error("none of the application's keys can be the one that signed")]
    UnknownKey,
    #[error("the signature is wrong")]
    WrongSignature,
    /// The `jwks_uri` did not answer.
    #[error(transparent)]
    Unreachable(#[from] UpstreamError),
}

/// Verifies `jws` by `algorithm` with the keys of `client`: those in its `jwks`, or those at its `jwks_uri`,
/// fetched anew for a `kid` not seen before (and then not again for a while). Keys within the JWS are never
/// looked at, and the type of the key must fit the algorithm.
///
/// # Errors
/// [`ClientKeyError`].
pub async fn verify_with_client_keys(
    hub: &Hub,
    client: &Client,
    jws: &Jws<'_>,
    algorithm: Algorithm,
) -> Result<(), ClientKeyError> {
    let signature = if let Some(document) = &client.settings.jwks {
        let keys = KeySet::read(document.get("keys")).ok_or(ClientKeyError::NoKeys)?;
        keys.verify(algorithm, jws)
    } else if let Some(uri) = &client.settings.jwks_uri {
        let (now, client_id) = (hub.clock.now(), client.client_id.as_str());
        let keys = hub.upstream.client_keys(client_id, uri, now).await?;
        match keys.verify(algorithm, jws) {
            Signature::UnknownKey => {
                match hub.upstream.newer_client_keys(&keys, client_id, uri, now).await? {
                    Some(newer) => newer.verify(algorithm, jws),
                    None => Signature::UnknownKey,
                }
            }
            decided => decided,
        }
    } else {
        return Err(ClientKeyError::NoKeys);
    };
    match signature {
        Signature::Verified => Ok(()),
        Signature::UnknownKey => Err(ClientKeyError::UnknownKey),
        Signature::Wrong => Err(ClientKeyError::WrongSignature),
    }
}
