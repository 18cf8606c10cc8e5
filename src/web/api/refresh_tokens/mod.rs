//! `/api/v2/refresh-tokens…` and `/api/v2/users/{id}/refresh-tokens`

pub(super) mod list_of_user;
pub(super) mod read;
pub(super) mod revoke;
pub(super) mod revoke_of_user;
pub(super) mod revoke_several;

use serde_json::Value;

use crate::domain::client::RotationType;
use crate::domain::grant::Grant;
use crate::domain::session_json::refresh_token_json;
use crate::store::{StoreError, Tx};

/// The refresh token of a grant as the API shows it; `None` if nothing of its family is left.
fn shown(tx: &mut Tx<'_>, grant: &Grant) -> Result<Option<Value>, StoreError> {
    let Some(family_hash) = &grant.refresh_family_hash else { return Ok(None) };
    let family = tx.refresh_tokens_of(family_hash)?;
    let Some(newest) = family.last() else { return Ok(None) };
    let is_rotating = tx
        .find_client(&grant.client_id)?
        .is_some_and(|client| client.settings.refresh_token.rotation_type == RotationType::Rotating);
    Ok(Some(refresh_token_json(grant, newest, is_rotating)))
}
