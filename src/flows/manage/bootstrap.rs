//! The application that the settings describe: the first one that may use the Management API.

use super::{ManageError, Resource};
use crate::crypto::digest;
use crate::domain::client::{AppType, Client, ClientSettings, GrantType};
use crate::domain::secret::Secret;
use crate::flows::hub::Hub;
use crate::store::{StoreError, Tx};

/// Makes the machine-to-machine application with every Management API scope, or brings it in step with the
/// settings. Several nodes may do so at the same time.
///
/// # Errors
/// [`ManageError::Conflict`] if an ordinary application has this id.
pub async fn ensure_management_client(
    hub: &Hub,
    client_id: &str,
    secret: &Secret,
) -> Result<(), ManageError> {
    let now = hub.clock.now();
    let wanted = Client {
        client_id: client_id.to_owned(),
        settings: ClientSettings {
            name: "Management".into(),
            description: "Made from the settings: every Management API scope".into(),
            app_type: AppType::NonInteractive,
            grant_types: vec![GrantType::ClientCredentials],
            response_types: Vec::new(),
            ..ClientSettings::default()
        },
        secret_hash: Some(digest::sha256_base64url(secret.reveal())),
        is_management: true,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let outcome = hub.store.write(move |tx| bring_in_step(tx, &wanted)).await;
    match outcome {
        // Another node that starts with the same settings was faster.
        Ok(()) | Err(ManageError::Store(StoreError::Stale)) => {}
        Err(error) => return Err(error),
    }
    hub.directory.forget();
    Ok(())
}

fn bring_in_step(tx: &mut Tx<'_>, wanted: &Client) -> Result<(), ManageError> {
    let Some(current) = tx.find_client(&wanted.client_id)? else { return Ok(tx.add_client(wanted)?) };
    if !current.is_management {
        return Err(ManageError::Conflict {
            resource: Resource::Client,
            message: "VESTIBULE_MANAGEMENT_CLIENT_ID names an ordinary application: choose another id, or \
                      delete that application first"
                .into(),
        });
    }
    if current.secret_hash != wanted.secret_hash || current.settings != wanted.settings {
        let (created_at, version) = (current.created_at, current.version);
        tx.change_client(&Client { created_at, version, ..wanted.clone() })?;
    }
    Ok(())
}
