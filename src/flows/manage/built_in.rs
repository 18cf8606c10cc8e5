//! What the hub made for itself is left as it is.

use super::{ManageError, Resource};
use crate::domain::built_in::TERMINAL_CLIENT_ID;
use crate::domain::client::Client;
use crate::domain::connection::Connection;
use crate::store::Tx;

/// The connection `id`, for a change.
///
/// # Errors
/// [`ManageError::NotFound`]; [`ManageError::NotSupported`] for the connection of administrators.
pub(super) fn find_changeable(tx: &mut Tx<'_>, id: &str) -> Result<Connection, ManageError> {
    let found = tx.find_connection(id)?.ok_or(ManageError::NotFound(Resource::Connection))?;
    if found.is_built_in() {
        return Err(ManageError::NotSupported(
            "This connection is the hub's own, for the people who manage it: it can neither be changed nor removed",
        ));
    }
    Ok(found)
}

/// # Errors
/// [`ManageError::NotSupported`] for an application that the hub made for itself.
pub(super) fn refuse_built_in_client(client: &Client) -> Result<(), ManageError> {
    if client.is_built_in() {
        return Err(ManageError::NotSupported(
            "This application is the hub's own, made at every start: it can neither be changed nor removed",
        ));
    }
    Ok(())
}

/// Why an application is never enabled for a connection, if it is the hub's own.
pub(super) fn refused_at_connections(client_id: &str) -> Option<String> {
    (client_id == TERMINAL_CLIENT_ID)
        .then(|| format!("names {client_id:?}, which signs administrators of the hub in and nobody else"))
}
