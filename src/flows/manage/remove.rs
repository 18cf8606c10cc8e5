//! A connection, application or user is removed, with everything that hangs on it.

use super::administrators::{refuse_administrator, refuse_way_in_of_administrators};
use super::built_in::{find_changeable, refuse_built_in_client};
use super::commit::commit;
use super::edit_client::refuse_made_by_hub;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::domain::connection::Strategy;
use crate::flows::hub::Hub;
use crate::flows::logout::{end_sessions_of_connection, end_sessions_of_user};

/// Removes a connection with its identities, classic accounts, sessions and grants, and the users who have no
/// other identity.
///
/// # Errors
/// [`ManageError::NotFound`], [`ManageError::Changed`]; [`ManageError::NotSupported`] if it is an administrator's way in.
pub async fn remove_connection(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    expected: Expected,
) -> Result<(), ManageError> {
    let now = hub.clock.now();
    let entry = record::change(hub, actor, "Delete a connection");
    let wanted = id.to_owned();
    commit(hub, Resource::Connection, entry, move |tx, entry| {
        let connection = find_changeable(tx, &wanted)?;
        record::name(entry, Target::Connection(&connection));
        expected.check(Resource::Connection, connection.version)?;
        refuse_way_in_of_administrators(tx, &connection)?;
        end_sessions_of_connection(tx, &wanted, &entry.request_id, now)?;
        tx.remove_connection(&wanted, now)?;
        Ok(())
    })
    .await?;
    hub.courier.wake();
    hub.directory.forget_connection(id);
    hub.upstream.forget(id);
    Ok(())
}

/// Removes an application with its grants and consents.
///
/// # Errors
/// [`ManageError::NotFound`], [`ManageError::Changed`]; [`ManageError::NotSupported`] for the application that the
/// settings describe, whoever calls (an earlier one that they no longer name may go).
pub async fn remove_client(
    hub: &Hub,
    actor: &Actor,
    client_id: &str,
    expected: Expected,
) -> Result<(), ManageError> {
    let entry = record::change(hub, actor, "Delete a client");
    let (wanted, caller) = (client_id.to_owned(), actor.client.client_id.clone());
    let of_settings = hub.management_client_id.clone();
    commit(hub, Resource::Client, entry, move |tx, entry| {
        let client = tx.find_client(&wanted)?.ok_or(ManageError::NotFound(Resource::Client))?;
        record::name(entry, Target::Client(&client));
        refuse_built_in_client(&client)?;
        if client.client_id == caller || of_settings.as_ref() == Some(&client.client_id) {
            refuse_made_by_hub(&client)?;
        }
        expected.check(Resource::Client, client.version)?;
        tx.remove_client(&wanted)?;
        Ok(())
    })
    .await?;
    hub.directory.forget();
    Ok(())
}

/// Removes a user with identities, classic accounts, sessions, consents and grants.
///
/// A federated person comes back as a new user at the next sign-in; to keep somebody out, block them.
///
/// # Errors
/// [`ManageError::NotFound`], [`ManageError::Changed`]; [`ManageError::NotSupported`] for an administrator.
pub async fn remove_user(
    hub: &Hub,
    actor: &Actor,
    user_id: &str,
    expected: Expected,
) -> Result<(), ManageError> {
    let now = hub.clock.now();
    let entry = record::change(hub, actor, "Delete a user");
    let wanted = user_id.to_owned();
    commit(hub, Resource::User, entry, move |tx, entry| {
        let user = tx.find_user(&wanted)?.ok_or(ManageError::NotFound(Resource::User))?;
        record::name(entry, Target::User(&user));
        refuse_administrator(tx, &user)?;
        expected.check(Resource::User, user.version)?;
        for identity in tx.identities_of(&wanted)? {
            let connection = tx.find_connection(&identity.connection_id)?;
            if connection.is_some_and(|connection| connection.strategy == Strategy::Local) {
                tx.remove_local_account(&identity.connection_id, &identity.subject)?;
            }
        }
        end_sessions_of_user(tx, &wanted, &entry.request_id, now)?;
        tx.remove_user(&wanted, now)?;
        Ok(())
    })
    .await?;
    hub.courier.wake();
    Ok(())
}
