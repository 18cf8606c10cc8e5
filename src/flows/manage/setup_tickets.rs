//! Tickets to a connection's set-up page are made and taken back.

use serde_json::{Map, Value};

use super::built_in::find_changeable;
use super::commit::commit;
use super::record::{self, Target};
use super::{Actor, ManageError, Resource};
use crate::crypto::digest;
use crate::domain::limits;
use crate::domain::secret::Secret;
use crate::domain::setup_ticket::{SetupTicket, read_ticket_lifetime};
use crate::flows::hub::Hub;

const RESOURCE: Resource = Resource::SetupTicket;

/// A ticket with the address of its page, which is never told again.
#[derive(Clone, Debug)]
pub struct NewSetupTicket {
    pub ticket: SetupTicket,
    pub address: Secret,
}

/// Makes a ticket to the set-up page of the connection `id`.
///
/// # Errors
/// [`ManageError::Invalid`]; [`ManageError::NotFound`]; [`ManageError::Conflict`] if there are too many.
pub async fn create_setup_ticket(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    body: &Map<String, Value>,
) -> Result<NewSetupTicket, ManageError> {
    let lifetime_seconds = read_ticket_lifetime(body).map_err(ManageError::Invalid)?;
    let now = hub.clock.now();
    let token = hub.random.token();
    let ticket = SetupTicket {
        id: format!("tic_{}", hub.random.alphanumeric(limits::SETUP_TICKET_ID_CHARACTERS)),
        connection_id: id.to_owned(),
        token_hash: digest::sha256_base64url(&token),
        created_at: now,
        expires_at: now.plus_seconds(lifetime_seconds),
    };
    let entry = record::change(hub, actor, "Create a set-up ticket");
    let made = ticket.clone();
    let name = commit(hub, RESOURCE, entry, move |tx, entry| {
        let connection = find_changeable(tx, &ticket.connection_id)?;
        record::name(entry, Target::SetupTicket(&connection, &ticket.id));
        if tx.setup_tickets_of(&connection.id, now)?.len() >= limits::SETUP_TICKETS_PER_CONNECTION {
            let most = limits::SETUP_TICKETS_PER_CONNECTION;
            let message = format!("A connection has at most {most} open set-up tickets: take one back first");
            return Err(ManageError::Conflict { resource: RESOURCE, message });
        }
        tx.add_setup_ticket(&ticket)?;
        Ok(connection.name)
    })
    .await?;
    let address = hub.issuer.join(&format!("connections/{name}/setup?ticket={token}"));
    Ok(NewSetupTicket { ticket: made, address: Secret::new(address) })
}

/// Takes a ticket back: its page is gone at once.
///
/// # Errors
/// [`ManageError::NotFound`].
pub async fn remove_setup_ticket(
    hub: &Hub,
    actor: &Actor,
    connection_id: &str,
    id: &str,
) -> Result<(), ManageError> {
    let entry = record::change(hub, actor, "Delete a set-up ticket");
    let (connection_id, id) = (connection_id.to_owned(), id.to_owned());
    commit(hub, RESOURCE, entry, move |tx, entry| {
        let connection = tx.find_connection(&connection_id)?.ok_or(ManageError::NotFound(RESOURCE))?;
        record::name(entry, Target::SetupTicket(&connection, &id));
        match tx.remove_setup_ticket(&connection_id, &id)? {
            true => Ok(()),
            false => Err(ManageError::NotFound(RESOURCE)),
        }
    })
    .await
}
