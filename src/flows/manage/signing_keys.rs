//! An administrator's program rotates or revokes the signing keys.

use super::Actor;
use super::record;
use crate::flows::hub::Hub;
use crate::flows::keys::{self, KeyError};

/// The next keys begin to sign, on every node within a second; what was signed before stays valid.
///
/// # Errors
/// [`KeyError`].
pub async fn rotate_signing_keys(hub: &Hub, actor: &Actor) -> Result<(), KeyError> {
    let entry = record::change(hub, actor, "Rotate the signing keys");
    keys::rotate(&hub.store, hub.clock.now(), entry).await?;
    hub.keys.load(&hub.store).await
}

/// The key is out of use on every node within a second, and what it signed is refused. Revoking it again changes
/// nothing.
///
/// # Errors
/// [`KeyError`].
pub async fn revoke_signing_key(hub: &Hub, actor: &Actor, key_id: &str) -> Result<(), KeyError> {
    let entry = record::change(hub, actor, "Revoke a signing key");
    keys::revoke(&hub.store, key_id, hub.clock.now(), entry).await?;
    hub.keys.load(&hub.store).await
}
