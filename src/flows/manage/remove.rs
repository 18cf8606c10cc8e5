//! A connection, application or user is removed, with everything that hangs on it.

use super::edit_client::refuse_management_client;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::domain::connection::Strategy;
use crate::flows::hub::Hub;

/// Removes a connection with its identities, classic accounts, sessions and grants, and the users who have no
/// other identity; whether there was one.
///
/// # Errors
/// [`ManageError::Changed`].
pub async fn remove_connection(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    expected: Expected,
) -> Result<bool, ManageError> {
    let entry = record::change(hub, actor, "Delete a connection");
    let wanted = id.to_owned();
    let is_removed = hub
        .store
        .write(move |tx| {
            let Some(connection) = tx.find_connection(&wanted)? else { return Ok(false) };
            expected.check(Resource::Connection, connection.version)?;
            let is_removed = tx.remove_connection(&connection.id)?;
            tx.add_log_entries(&[record::about(entry.clone(), Target::Connection(&connection))])?;
            Ok::<_, ManageError>(is_removed)
        })
        .await?;
    hub.directory.forget();
    hub.upstream.forget(id);
    Ok(is_removed)
}

/// Removes an application with its grants and consents; whether there was one.
///
/// # Errors
/// [`ManageError::NotSupported`] if the application made from the settings would remove itself (an earlier one
/// that the settings no longer name may go); [`ManageError::Changed`].
pub async fn remove_client(
    hub: &Hub,
    actor: &Actor,
    client_id: &str,
    expected: Expected,
) -> Result<bool, ManageError> {
    let entry = record::change(hub, actor, "Delete a client");
    let (client_id, caller) = (client_id.to_owned(), actor.client.client_id.clone());
    let is_removed = hub
        .store
        .write(move |tx| {
            let Some(client) = tx.find_client(&client_id)? else { return Ok(false) };
            if client.client_id == caller {
                refuse_management_client(&client)?;
            }
            expected.check(Resource::Client, client.version)?;
            let is_removed = tx.remove_client(&client.client_id)?;
            tx.add_log_entries(&[record::about(entry.clone(), Target::Client(&client))])?;
            Ok::<_, ManageError>(is_removed)
        })
        .await?;
    hub.directory.forget();
    Ok(is_removed)
}

/// Removes a user with identities, classic accounts, sessions, consents and grants; whether there was one.
///
/// A federated person comes back as a new user at the next sign-in; to keep somebody out, block them.
///
/// # Errors
/// [`ManageError::Changed`].
pub async fn remove_user(
    hub: &Hub,
    actor: &Actor,
    user_id: &str,
    expected: Expected,
) -> Result<bool, ManageError> {
    let entry = record::change(hub, actor, "Delete a user");
    let user_id = user_id.to_owned();
    let is_removed = hub
        .store
        .write(move |tx| {
            let Some(user) = tx.find_user(&user_id)? else { return Ok(false) };
            expected.check(Resource::User, user.version)?;
            for identity in tx.identities_of(&user.user_id)? {
                let connection = tx.find_connection(&identity.connection_id)?;
                if connection.is_some_and(|connection| connection.strategy == Strategy::Local) {
                    tx.remove_local_account(&identity.connection_id, &identity.subject)?;
                }
            }
            let is_removed = tx.remove_user(&user.user_id)?;
            tx.add_log_entries(&[record::about(entry.clone(), Target::User(&user))])?;
            Ok::<_, ManageError>(is_removed)
        })
        .await?;
    Ok(is_removed)
}
