//! A connection is opened to applications, or closed to them.

use super::built_in::{find_changeable, refused_at_connections};
use super::commit::commit;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::domain::problem::Problem;
use crate::flows::hub::Hub;
use crate::store::Tx;

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
    let wanted = connection_id.to_owned();
    commit(hub, Resource::Connection, entry, move |tx, entry| {
        let connection = find_changeable(tx, &wanted)?;
        record::name(entry, Target::Connection(&connection));
        expected.check(Resource::Connection, connection.version)?;
        check_clients(tx, &clients)?;
        Ok(tx.enable_clients(&wanted, &clients, now)?)
    })
    .await?;
    hub.directory.forget_connection(connection_id);
    Ok(())
}

/// To disable an application that is gone is no mistake; to enable it is.
fn check_clients(tx: &mut Tx<'_>, clients: &[(String, bool)]) -> Result<(), ManageError> {
    let mut problems = Vec::new();
    for (position, (client_id, enables)) in clients.iter().enumerate() {
        if let Some(message) = refused_at_connections(client_id) {
            problems.push(Problem::new(format!("{position}.client_id"), message));
        } else if *enables && tx.find_client(client_id)?.is_none() {
            let message = format!("is {client_id:?}, and there is no application with this client_id");
            problems.push(Problem::new(format!("{position}.client_id"), message));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(ManageError::Invalid(problems)) }
}
