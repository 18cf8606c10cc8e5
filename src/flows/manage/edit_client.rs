//! An application's registration is changed.

use serde_json::{Map, Value};

use super::built_in::refuse_built_in_client;
use super::commit::commit;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::domain::client::Client;
use crate::domain::client::changed_client;
use crate::flows::hub::Hub;
use crate::flows::sector_identifier::CheckedSector;

/// Merges `patch` (RFC 7396) into the application. One that no longer authenticates with
/// its secret loses it; one that begins to, or begins to sign with it, gets a new one by rotation.
///
/// # Errors
/// [`ManageError::Invalid`] with all problems of the application as it would be, [`ManageError::NotFound`],
/// [`ManageError::Changed`]; [`ManageError::NotSupported`] for the application made from the settings.
pub async fn edit_client(
    hub: &Hub,
    actor: &Actor,
    client_id: &str,
    patch: Map<String, Value>,
    expected: Expected,
) -> Result<Client, ManageError> {
    let now = hub.clock.now();
    let checked = checked_sector(hub, client_id, &patch).await?;
    let entry = record::touching(record::change(hub, actor, "Update a client"), &patch);
    let wanted = client_id.to_owned();
    let changed = commit(hub, Resource::Client, entry, move |tx, entry| {
        let current = tx.find_client(&wanted)?.ok_or(ManageError::NotFound(Resource::Client))?;
        record::name(entry, Target::Client(&current));
        refuse_made_by_hub(&current)?;
        expected.check(Resource::Client, current.version)?;
        let mut client = changed_client(&current, &patch, now).map_err(ManageError::Invalid)?;
        let sector = CheckedSector::needed(&client.settings, Some(&current.settings));
        if sector.is_some() && sector != checked {
            return Err(ManageError::Changed(Resource::Client));
        }
        if !client.settings.uses_secret() {
            (client.secret, client.previous_secret) = (None, None);
        }
        if !client.settings.signs_with_secret() {
            for secret in client.secret.iter_mut().chain(&mut client.previous_secret) {
                secret.readable = None;
            }
        }
        let version = tx.change_client(&client)?;
        Ok(Client { version, ..client })
    })
    .await?;
    hub.directory.forget_applications();
    Ok(changed)
}

/// What the document at the `sector_identifier_uri` was found to vouch for, if the change asks for that: fetched
/// before the transaction, which keeps nobody waiting for somebody's web server.
async fn checked_sector(
    hub: &Hub,
    client_id: &str,
    patch: &Map<String, Value>,
) -> Result<Option<CheckedSector>, ManageError> {
    let wanted = client_id.to_owned();
    let Some(current) = hub.store.read(move |tx| tx.find_client(&wanted)).await? else { return Ok(None) };
    let Ok(client) = changed_client(&current, patch, hub.clock.now()) else { return Ok(None) };
    let needed = CheckedSector::needed(&client.settings, Some(&current.settings));
    if let Some(sector) = &needed {
        sector.check(hub).await.map_err(|problem| ManageError::Invalid(vec![problem]))?;
    }
    Ok(needed)
}

/// The application made from the settings is what the settings say, and the hub's own are what the program says: a
/// change here would not survive the next start.
pub(super) fn refuse_made_by_hub(client: &Client) -> Result<(), ManageError> {
    refuse_built_in_client(client)?;
    if client.is_management {
        return Err(ManageError::NotSupported(
            "This application is made from the settings at every start: change VESTIBULE_MANAGEMENT_CLIENT_ID \
             and VESTIBULE_MANAGEMENT_CLIENT_SECRET instead",
        ));
    }
    Ok(())
}
