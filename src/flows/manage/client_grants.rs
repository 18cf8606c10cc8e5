//! An application is granted access to an API; the grant is changed and taken back.

use serde_json::{Map, Value};

use super::commit::commit;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::domain::client_grant::{ClientGrant, changed_client_grant, new_client_grant, problems_with_scope};
use crate::domain::limits;
use crate::domain::problem::Problem;
use crate::flows::hub::Hub;
use crate::store::{StoreError, Tx};

const RESOURCE: Resource = Resource::ClientGrant;

/// Makes the client grant that `body` describes.
///
/// # Errors
/// [`ManageError::Invalid`] with all problems, an unknown application, API or scope among them;
/// [`ManageError::Conflict`] if the application has a grant for this API and subject.
pub async fn create_client_grant(
    hub: &Hub,
    actor: &Actor,
    body: &Map<String, Value>,
) -> Result<ClientGrant, ManageError> {
    let id = format!("cgr_{}", hub.random.alphanumeric(limits::CLIENT_GRANT_ID_CHARACTERS));
    let grant = new_client_grant(body, &id, hub.clock.now()).map_err(ManageError::Invalid)?;
    let entry = record::change(hub, actor, "Create a client grant");
    let made = grant.clone();
    commit(hub, RESOURCE, entry, move |tx, entry| {
        record::name(entry, Target::ClientGrant(&grant));
        let api_id = check(tx, &grant)?;
        tx.add_client_grant(&grant, &api_id).map_err(|error| match error {
            StoreError::Conflict { .. } => is_granted_already(),
            other => other.into(),
        })
    })
    .await?;
    hub.directory.forget_applications();
    Ok(made)
}

/// Merges `patch` (RFC 7396) into the client grant: its scopes.
///
/// # Errors
/// [`ManageError::Invalid`] with all problems, [`ManageError::NotFound`], [`ManageError::Changed`].
pub async fn edit_client_grant(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    patch: Map<String, Value>,
    expected: Expected,
) -> Result<ClientGrant, ManageError> {
    let now = hub.clock.now();
    let entry = record::touching(record::change(hub, actor, "Update a client grant"), &patch);
    let wanted = id.to_owned();
    let changed = commit(hub, RESOURCE, entry, move |tx, entry| {
        let current = tx.find_client_grant(&wanted)?.ok_or(ManageError::NotFound(RESOURCE))?;
        record::name(entry, Target::ClientGrant(&current));
        expected.check(RESOURCE, current.version)?;
        let grant = changed_client_grant(&current, &patch, now).map_err(ManageError::Invalid)?;
        check(tx, &grant)?;
        let version = tx.change_client_grant(&grant)?;
        Ok(ClientGrant { version, ..grant })
    })
    .await?;
    hub.directory.forget_applications();
    Ok(changed)
}

/// Takes a client grant back. Tokens issued before carry its scopes until they expire, except at the Management
/// API, which asks at every call.
///
/// # Errors
/// [`ManageError::NotFound`], [`ManageError::Changed`].
pub async fn remove_client_grant(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    expected: Expected,
) -> Result<(), ManageError> {
    let entry = record::change(hub, actor, "Delete a client grant");
    let wanted = id.to_owned();
    commit(hub, RESOURCE, entry, move |tx, entry| {
        let grant = tx.find_client_grant(&wanted)?.ok_or(ManageError::NotFound(RESOURCE))?;
        record::name(entry, Target::ClientGrant(&grant));
        expected.check(RESOURCE, grant.version)?;
        tx.remove_client_grant(&wanted)?;
        Ok(())
    })
    .await?;
    hub.directory.forget_applications();
    Ok(())
}

/// Application, API and scopes exist; the id of the API.
fn check(tx: &mut Tx<'_>, grant: &ClientGrant) -> Result<String, ManageError> {
    let mut problems = Vec::new();
    let api = tx.find_resource_server_by_identifier(&grant.audience)?;
    let is_system = api.as_ref().is_some_and(|api| api.is_system);
    match tx.find_client(&grant.client_id)? {
        None => {
            let message =
                format!("names {:?}, and there is no application with this client_id", grant.client_id);
            problems.push(Problem::new("client_id", message));
        }
        Some(client) if client.is_management && is_system => problems.push(Problem::new(
            "client_id",
            "names the application made from the settings, which has every Management API scope already",
        )),
        Some(client) if client.is_built_in() => {
            problems.push(Problem::new(
                "client_id",
                "names the hub's own application, which needs no client grant",
            ));
        }
        Some(_) => {}
    }
    match &api {
        None => {
            let message = format!("names {:?}, and no API has this identifier", grant.audience);
            problems.push(Problem::new("audience", message));
        }
        Some(api) => problems.extend(problems_with_scope(grant, api)),
    }
    match api {
        Some(api) if problems.is_empty() => Ok(api.id),
        Some(_) | None => Err(ManageError::Invalid(problems)),
    }
}

fn is_granted_already() -> ManageError {
    ManageError::Conflict {
        resource: RESOURCE,
        message: "The application has a client grant for this audience already: change that one".into(),
    }
}
