//! A connection is made.

use serde_json::{Map, Value};

use super::attribute_maps::keep_version;
use super::built_in::refused_at_connections;
use super::commit::commit;
use super::connection_keys;
use super::provider_says::ProviderSays;
use super::record::{self, Target};
use super::{Actor, ManageError, Resource};
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, Strategy, new_connection};
use crate::domain::limits;
use crate::domain::problem::Problem;
use crate::flows::hub::Hub;
use crate::store::{StoreError, Tx};

/// Makes the connection that `body` describes. A provider that is down today is no reason to refuse settings; one that is
/// there and says otherwise is.
///
/// # Errors
/// [`ManageError::Invalid`] with all problems; [`ManageError::Conflict`] if the name is taken, or was another provider's.
pub async fn create_connection(
    hub: &Hub,
    actor: &Actor,
    body: &Map<String, Value>,
) -> Result<Connection, ManageError> {
    let id = format!("con_{}", hub.random.alphanumeric(limits::CONNECTION_ID_CHARACTERS));
    let mut connection = new_connection(body, &id, hub.upstream.allows_plain_http(), hub.clock.now())
        .map_err(ManageError::Invalid)?;
    let provider_says = ProviderSays::of(hub, body, None, &connection).await?;
    provider_says.refuse_contradictions(&connection.options)?;
    provider_says.settle(hub.shares_callback, body, None, &mut connection);
    let keys = connection_keys::prepare(hub, &connection, hub.clock.now()).await?;
    let entry = record::change(hub, actor, "Create a connection");
    let (made, client_id) = (connection.clone(), actor.client.client_id.clone());
    commit(hub, Resource::Connection, entry, move |tx, entry| {
        record::name(entry, Target::Connection(&connection));
        check_enabled_clients(tx, &connection)?;
        if tx.find_connection_by_name(&connection.name)?.is_some() {
            return Err(name_is_taken());
        }
        tx.add_connection(&connection).map_err(|error| match error {
            // Another call took it meanwhile.
            StoreError::Conflict { .. } => name_is_taken(),
            other => ManageError::from(other),
        })?;
        // Once the name is ours: a removal at the same time has been waited for by now.
        refuse_name_of_others(tx, &connection)?;
        queue_check(tx, &connection, connection.updated_at)?;
        keep_version(tx, &client_id, None, &connection)?;
        connection_keys::complete(tx, &connection, &keys)
    })
    .await?;
    hub.directory.forget_connection(&id);
    hub.diagnoses.wake();
    Ok(made)
}

fn name_is_taken() -> ManageError {
    ManageError::Conflict {
        resource: Resource::Connection,
        message: "A connection with the same name already exists".into(),
    }
}

/// # Errors
/// [`ManageError::Conflict`] if people of another provider have the user ids that this connection would give.
fn refuse_name_of_others(tx: &mut Tx<'_>, connection: &Connection) -> Result<(), ManageError> {
    let removed = tx.removed_connections_named(&connection.name)?;
    match removed.iter().find_map(|removed| removed.refusal_of(connection)) {
        Some(message) => Err(ManageError::Conflict { resource: Resource::Connection, message }),
        None => Ok(()),
    }
}

/// Has the provider of a connection that was saved looked at; whoever saves it does not wait for that.
pub(super) fn queue_check(
    tx: &mut Tx<'_>,
    connection: &Connection,
    now: Timestamp,
) -> Result<(), StoreError> {
    match connection.strategy {
        Strategy::Oidc => tx.queue_check(&connection.id, now),
        Strategy::Local => Ok(()),
    }
}

/// Every application that the connection is to be enabled for exists.
pub(super) fn check_enabled_clients(tx: &mut Tx<'_>, connection: &Connection) -> Result<(), ManageError> {
    let mut problems = Vec::new();
    for client_id in &connection.enabled_clients {
        if let Some(message) = refused_at_connections(client_id) {
            problems.push(Problem::new("enabled_clients", message));
        } else if tx.find_client(client_id)?.is_none() {
            let message = format!("names {client_id:?}, and there is no application with this client_id");
            problems.push(Problem::new("enabled_clients", message));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(ManageError::Invalid(problems)) }
}
