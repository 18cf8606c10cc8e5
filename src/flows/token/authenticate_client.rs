//! A client proves who it is (RFC 6749 §2.3).

use std::sync::Arc;

use crate::crypto::digest;
use crate::domain::client::{Client, ClientAuthMethod};
use crate::flows::hub::Hub;
use crate::protocol::client_authentication::PresentedCredentials;
use crate::protocol::error::{ErrorCode, OAuthError};

use super::TokenError;

/// Compared with when the client is unknown, so that both cases do the same work.
const NOBODYS_HASH: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The client behind `presented`.
///
/// A client with a secret may send it in the header or in the body, whichever of the two it is registered
/// for: both carry the same secret. A public client sends none.
///
/// # Errors
/// `invalid_client`, the same for an unknown client and a wrong secret.
pub async fn authenticate_client(
    hub: &Hub,
    presented: &PresentedCredentials,
) -> Result<Arc<Client>, TokenError> {
    let failed = || {
        TokenError::Refused(OAuthError::new(
            ErrorCode::InvalidClient,
            "unknown client, or the wrong secret or authentication method",
        ))
    };
    let client = hub.directory.client(presented.client_id()).await?;
    let registered = client.as_ref().map(|client| client.settings.token_endpoint_auth_method);
    let stored = client.as_ref().and_then(|client| client.secret_hash.as_deref());
    let is_proven = match (registered, presented.secret()) {
        (Some(ClientAuthMethod::None), None) => true,
        (
            Some(ClientAuthMethod::ClientSecretPost | ClientAuthMethod::ClientSecretBasic) | None,
            Some(secret),
        ) => {
            let hash = digest::sha256_base64url(secret);
            let is_equal = digest::secrets_match(hash.as_bytes(), stored.unwrap_or(NOBODYS_HASH).as_bytes());
            is_equal && stored.is_some()
        }
        (Some(_) | None, _) => false,
    };
    client.filter(|_| is_proven).ok_or_else(failed)
}
