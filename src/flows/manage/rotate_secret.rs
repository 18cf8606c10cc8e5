//! An application gets a new secret; the old one stops working at once.

use super::commit::commit;
use super::create_client::{ClientWithSecret, new_secret};
use super::edit_client::refuse_management_client;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::crypto::digest;
use crate::domain::client::Client;
use crate::flows::hub::Hub;

/// Gives the application a new secret.
///
/// # Errors
/// [`ManageError::NotSupported`] for an application without a secret and for the one made from the settings,
/// [`ManageError::NotFound`], [`ManageError::Changed`].
pub async fn rotate_secret(
    hub: &Hub,
    actor: &Actor,
    client_id: &str,
    expected: Expected,
) -> Result<ClientWithSecret, ManageError> {
    let now = hub.clock.now();
    let secret = new_secret(&hub.random);
    let entry = record::change(hub, actor, "Rotate a client secret");
    let hash = digest::sha256_base64url(secret.reveal());
    let wanted = client_id.to_owned();
    let client = commit(hub, Resource::Client, entry, move |tx, entry| {
        let current = tx.find_client(&wanted)?.ok_or(ManageError::NotFound(Resource::Client))?;
        record::name(entry, Target::Client(&current));
        refuse_management_client(&current)?;
        expected.check(Resource::Client, current.version)?;
        if !current.settings.uses_secret() {
            return Err(ManageError::NotSupported(
                "This application authenticates without a secret: give it another token_endpoint_auth_method \
                 first",
            ));
        }
        let client = Client { secret_hash: Some(hash.clone()), updated_at: now, ..current };
        let version = tx.change_client(&client)?;
        Ok(Client { version, ..client })
    })
    .await?;
    hub.directory.forget();
    Ok(ClientWithSecret { client, secret: Some(secret) })
}
