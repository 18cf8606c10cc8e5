//! An API is declared, changed, removed.

use serde_json::{Map, Value};

use super::commit::commit;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::domain::limits;
use crate::domain::resource_server::{ResourceServer, changed_resource_server, new_resource_server};
use crate::flows::hub::Hub;
use crate::store::{StoreError, Tx};

const RESOURCE: Resource = Resource::ResourceServer;

/// Declares the API that `body` describes.
///
/// # Errors
/// [`ManageError::Invalid`] with all problems; [`ManageError::Conflict`] if the identifier is taken.
pub async fn create_resource_server(
    hub: &Hub,
    actor: &Actor,
    body: &Map<String, Value>,
) -> Result<ResourceServer, ManageError> {
    let id = hub.random.alphanumeric(limits::API_ID_CHARACTERS);
    let api = new_resource_server(body, &id, &hub.issuer, hub.clock.now()).map_err(ManageError::Invalid)?;
    let entry = record::change(hub, actor, "Create a resource server");
    let made = api.clone();
    commit(hub, RESOURCE, entry, move |tx, entry| {
        record::name(entry, Target::ResourceServer(&api));
        check_linked_application(tx, &api)?;
        if tx.find_resource_server_by_identifier(&api.identifier)?.is_some() {
            return Err(identifier_is_taken());
        }
        tx.add_resource_server(&api).map_err(|error| match error {
            // Another call took it meanwhile.
            StoreError::Conflict { .. } => identifier_is_taken(),
            other => other.into(),
        })
    })
    .await?;
    hub.directory.forget_applications();
    Ok(made)
}

/// Merges `patch` (RFC 7396) into the API, named by its id or its identifier.
///
/// # Errors
/// [`ManageError::Invalid`] with all problems of the API as it would be, [`ManageError::NotFound`],
/// [`ManageError::Changed`]; [`ManageError::NotSupported`] for the Management API.
pub async fn edit_resource_server(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    patch: Map<String, Value>,
    expected: Expected,
) -> Result<ResourceServer, ManageError> {
    let now = hub.clock.now();
    let entry = record::touching(record::change(hub, actor, "Update a resource server"), &patch);
    let wanted = id.to_owned();
    let changed = commit(hub, RESOURCE, entry, move |tx, entry| {
        let current = tx.find_resource_server_by_name(&wanted)?.ok_or(ManageError::NotFound(RESOURCE))?;
        record::name(entry, Target::ResourceServer(&current));
        refuse_system(&current)?;
        expected.check(RESOURCE, current.version)?;
        let api = changed_resource_server(&current, &patch, now).map_err(ManageError::Invalid)?;
        check_linked_application(tx, &api)?;
        let version = tx.change_resource_server(&api)?;
        Ok(ResourceServer { version, ..api })
    })
    .await?;
    hub.directory.forget_applications();
    Ok(changed)
}

/// Removes an API, named by its id or its identifier, with its client grants and what people granted for it.
///
/// # Errors
/// [`ManageError::NotFound`], [`ManageError::Changed`]; [`ManageError::NotSupported`] for the Management API.
pub async fn remove_resource_server(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    expected: Expected,
) -> Result<(), ManageError> {
    let now = hub.clock.now();
    let entry = record::change(hub, actor, "Delete a resource server");
    let wanted = id.to_owned();
    commit(hub, RESOURCE, entry, move |tx, entry| {
        let api = tx.find_resource_server_by_name(&wanted)?.ok_or(ManageError::NotFound(RESOURCE))?;
        record::name(entry, Target::ResourceServer(&api));
        refuse_system(&api)?;
        expected.check(RESOURCE, api.version)?;
        tx.remove_resource_server(&api, now)?;
        Ok(())
    })
    .await?;
    hub.directory.forget_applications();
    Ok(())
}

/// The Management API is what this program answers: a change here would not survive the next start.
fn refuse_system(api: &ResourceServer) -> Result<(), ManageError> {
    if api.is_system {
        return Err(ManageError::NotSupported(
            "The Management API is part of this service and cannot be changed or removed",
        ));
    }
    Ok(())
}

fn check_linked_application(tx: &mut Tx<'_>, api: &ResourceServer) -> Result<(), ManageError> {
    if let Some(client_id) = &api.settings.client_id
        && tx.find_client(client_id)?.is_none()
    {
        let message = format!("names {client_id:?}, and there is no application with this client_id");
        return Err(ManageError::invalid("client_id", message));
    }
    Ok(())
}

fn identifier_is_taken() -> ManageError {
    ManageError::Conflict {
        resource: RESOURCE,
        message: "A resource server with the same identifier already exists".into(),
    }
}
