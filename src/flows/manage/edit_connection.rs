//! A connection is changed.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::create_connection::check_enabled_clients;
use super::edit::settle_races;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::domain::connection::{Connection, changed_connection};
use crate::flows::hub::Hub;

/// Merges `patch` (RFC 7396) into the connection. Logins in progress through it start again if a setting
/// changed that decides where they go.
///
/// # Errors
/// [`ManageError::Invalid`] with all problems of the connection as it would be, [`ManageError::NotFound`],
/// [`ManageError::Changed`].
pub async fn edit_connection(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    patch: Map<String, Value>,
    expected: Expected,
) -> Result<Connection, ManageError> {
    let now = hub.clock.now();
    let allows_http = hub.upstream.allows_plain_http();
    let entry = record::touching(record::change(hub, actor, "Update a connection"), &patch);
    let wanted = Arc::new((id.to_owned(), patch, expected, entry));
    let changed = settle_races(Resource::Connection, async || {
        let wanted = Arc::clone(&wanted);
        hub.store
            .write(move |tx| {
                let (id, patch, expected, entry) = &*wanted;
                let current = tx.find_connection(id)?.ok_or(ManageError::NotFound(Resource::Connection))?;
                expected.check(Resource::Connection, current.version)?;
                let connection =
                    changed_connection(&current, patch, allows_http, now).map_err(ManageError::Invalid)?;
                check_enabled_clients(tx, &connection)?;
                let version = tx.change_connection(&connection)?;
                let entry = record::about(entry.clone(), Target::Connection(&connection));
                tx.add_log_entries(&[entry])?;
                Ok(Connection { version, ..connection })
            })
            .await
    })
    .await?;
    hub.directory.forget();
    hub.upstream.forget(id);
    Ok(changed)
}
