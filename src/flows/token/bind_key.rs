//! Tokens bound to a key that their holder proves to have (RFC 9449 §5).

use crate::domain::audit::Origin;
use crate::domain::client::Client;
use crate::domain::grant::Grant;
use crate::flows::hub::Hub;
use crate::flows::possession::{PossessionError, PresentedProof, prove_possession};
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::store::{StoreError, Tx};

use super::TokenError;
use super::standing::Standing;

/// The thumbprint of the key that the sender of a form proves to hold, by the header `DPoP` of its request to `path`.
///
/// # Errors
/// `invalid_dpop_proof`, `use_dpop_nonce`; `invalid_request` where an application whose tokens must be bound sends no
/// proof: a parameter is missing, not wrong.
pub async fn held_key(
    hub: &Hub,
    proof: Option<&str>,
    path: &str,
    client: &Client,
    origin: &Origin,
) -> Result<Option<String>, TokenError> {
    let Some(text) = proof else {
        let must_be_bound = client.settings.dpop_bound_access_tokens || client.settings.is_fapi2();
        return if must_be_bound {
            let text = "tokens of this application are bound to a key: send a DPoP proof";
            Err(OAuthError::new(ErrorCode::InvalidRequest, text).into())
        } else {
            Ok(None)
        };
    };
    let presented = PresentedProof { text, method: "POST", path, access_token: None };
    prove_possession(hub, presented, client, origin).await.map(Some).map_err(TokenError::from)
}

/// Whether a grant bound to a key is used by whoever holds it.
///
/// # Errors
/// `invalid_grant`.
pub(super) fn check_key(grant: &Grant, held: Option<&str>) -> Result<(), TokenError> {
    match &grant.dpop_jkt {
        Some(bound) if held != Some(bound) => {
            let text = "this grant is bound to another key than that of the DPoP proof";
            Err(OAuthError::new(ErrorCode::InvalidGrant, text).into())
        }
        Some(_) | None => Ok(()),
    }
}

/// Binds the access token to the key, and for a public application, which has nothing else to prove, the refresh
/// tokens as well (RFC 9449 §5).
pub(super) fn bind_key(
    tx: &mut Tx<'_>,
    standing: &mut Standing,
    held: Option<&str>,
) -> Result<(), StoreError> {
    let Some(key) = held else { return Ok(()) };
    if standing.client().is_public() && standing.grant().dpop_jkt.is_none() {
        tx.bind_grant(&standing.grant().id, key)?;
    }
    standing.bind(key);
    Ok(())
}

impl From<PossessionError> for TokenError {
    fn from(error: PossessionError) -> Self {
        match error {
            PossessionError::Refused(error) => Self::Refused(error),
            PossessionError::TooMany(error) => Self::TooMany(error),
            PossessionError::Store(error) => Self::Store(error),
        }
    }
}
