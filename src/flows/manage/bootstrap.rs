//! What the hub makes for itself at every start: the Management API among the APIs, the application that signs
//! administrators in from a terminal, and the one that the settings describe, which may use that API on its own.

use super::{ManageError, Resource};
use crate::crypto::digest;
use crate::domain::built_in::terminal_client;
use crate::domain::client::{AppType, Client, ClientSecret, ClientSettings, GrantType};
use crate::domain::resource_server::ResourceServer;
use crate::domain::secret::Secret;
use crate::flows::administrators::bring_connection_in_step;
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
        secret: Some(ClientSecret::new(secret, false, now)),
        previous_secret: None,
        registration_token_hash: None,
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

/// Makes the application behind `vestibule login`, or brings it and the connection of administrators in step with this
/// program. Several nodes may do so at the same time.
///
/// # Errors
/// [`ManageError::Conflict`] if the application that the settings describe has its id.
pub async fn ensure_terminal_client(hub: &Hub) -> Result<(), ManageError> {
    let now = hub.clock.now();
    let wanted = terminal_client(now);
    let outcome = hub
        .store
        .write(move |tx| {
            match tx.find_client(&wanted.client_id)? {
                None => tx.add_client(&wanted)?,
                Some(current) if current.is_management => return Err(terminal_id_is_taken()),
                Some(current) if current.settings != wanted.settings => {
                    let (created_at, version) = (current.created_at, current.version);
                    tx.change_client(&Client { created_at, version, ..wanted.clone() })?;
                }
                Some(_) => {}
            }
            Ok(bring_connection_in_step(tx, now)?)
        })
        .await;
    match outcome {
        // Another node that starts was faster.
        Ok(()) | Err(ManageError::Store(StoreError::Stale | StoreError::Conflict { .. })) => {}
        Err(error) => return Err(error),
    }
    hub.directory.forget();
    Ok(())
}

fn terminal_id_is_taken() -> ManageError {
    ManageError::Conflict {
        resource: Resource::Client,
        message: "VESTIBULE_MANAGEMENT_CLIENT_ID is the id of the hub's own terminal application: choose another one"
            .into(),
    }
}

/// Makes the Management API's row among the APIs, or brings it in step with this program and its issuer. Several
/// nodes may do so at the same time.
///
/// # Errors
/// [`ManageError::Store`].
pub async fn ensure_management_api(hub: &Hub) -> Result<(), ManageError> {
    let audience = hub.management_audience();
    let wanted = ResourceServer::management_api(audience.clone(), hub.clock.now());
    let outcome: Result<(), StoreError> = hub
        .store
        .write(move |tx| {
            let Some(current) = tx.find_resource_server(&wanted.id)? else {
                return tx.add_resource_server(&wanted);
            };
            if (&current.identifier, &current.settings) != (&wanted.identifier, &wanted.settings) {
                let (created_at, version) = (current.created_at, current.version);
                tx.change_resource_server(&ResourceServer { created_at, version, ..wanted.clone() })?;
            }
            Ok(())
        })
        .await;
    match outcome {
        // Another node that starts was faster.
        Ok(()) | Err(StoreError::Stale) => {}
        Err(StoreError::Conflict { .. }) => refuse_usurped_audience(hub, audience).await?,
        Err(error) => return Err(error.into()),
    }
    hub.directory.forget();
    Ok(())
}

/// Since the issuer was renamed, an API declared before may have the address that is now ours.
async fn refuse_usurped_audience(hub: &Hub, audience: String) -> Result<(), ManageError> {
    let found = hub.store.read(move |tx| tx.find_resource_server_by_identifier(&audience)).await?;
    if found.is_some_and(|api| !api.is_system) {
        return Err(ManageError::Conflict {
            resource: Resource::ResourceServer,
            message:
                "an API has the identifier of the Management API, <issuer>api/v2/: start with the former \
                      VESTIBULE_ISSUER and delete that API first"
                    .into(),
        });
    }
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
    let hash = |client: &Client| client.secret.as_ref().map(|secret| secret.hash.clone()).unwrap_or_default();
    let is_same_secret = digest::secrets_match(hash(&current).as_bytes(), hash(wanted).as_bytes());
    if !is_same_secret || current.settings != wanted.settings {
        let (created_at, version) = (current.created_at, current.version);
        tx.change_client(&Client { created_at, version, ..wanted.clone() })?;
    }
    Ok(())
}
