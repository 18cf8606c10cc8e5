//! A connection is opened to applications, or closed to them.

use std::sync::Arc;

use super::edit::settle_races;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::domain::problem::Problem;
use crate::flows::hub::Hub;

/// Enables (`true`) or disables (`false`) applications; the others stay as they are.
///
/// # Errors
/// [`ManageError::Invalid`] naming every position with an unknown application, [`ManageError::NotFound`],
/// [`ManageError::Changed`].
pub async fn enable_clients(
    hub: &Hub,
    actor: &Actor,
    connection_id: &str,
    clients: Vec<(String, bool)>,
    expected: Expected,
) -> Result<(), ManageError> {
    let now = hub.clock.now();
    let mut entry = record::change(hub, actor, "Update the applications of a connection");
    let named = |enables: bool| -> Vec<&str> {
        clients.iter().filter(|(_, status)| *status == enables).map(|(id, _)| id.as_str()).collect()
    };
    entry.details.insert("enabled_clients".into(), named(true).into());
    entry.details.insert("disabled_clients".into(), named(false).into());
    let wanted = Arc::new((connection_id.to_owned(), clients, expected, entry));
    settle_races(Resource::Connection, async || {
        let wanted = Arc::clone(&wanted);
        hub.store
            .write(move |tx| {
                let (connection_id, clients, expected, entry) = &*wanted;
                let connection =
                    tx.find_connection(connection_id)?.ok_or(ManageError::NotFound(Resource::Connection))?;
                expected.check(Resource::Connection, connection.version)?;
                let mut problems = Vec::new();
                for (position, (client_id, enables)) in clients.iter().enumerate() {
                    // To disable an application that is gone is no mistake.
                    if *enables && tx.find_client(client_id)?.is_none() {
                        let message =
                            format!("is {client_id:?}, and there is no application with this client_id");
                        problems.push(Problem::new(format!("{position}.client_id"), message));
                    }
                }
                if !problems.is_empty() {
                    return Err(ManageError::Invalid(problems));
                }
                tx.enable_clients(connection_id, clients, now)?;
                tx.add_log_entries(&[record::about(entry.clone(), Target::Connection(&connection))])?;
                Ok(())
            })
            .await
    })
    .await?;
    hub.directory.forget();
    Ok(())
}
