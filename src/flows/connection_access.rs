//! Who may see the pages of one connection at `/connections/{name}/…`: whoever holds a ticket to them, and every
//! administrator who is signed in.

use std::sync::Arc;

use crate::crypto::digest;
use crate::domain::audit::Origin;
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, Strategy};
use crate::domain::user::User;
use crate::flows::administrators::administrator_of;
use crate::flows::guesses::Guessed;
use crate::flows::hub::Hub;
use crate::flows::login::{Browser, LoginError};

/// By what right a connection's pages are open.
#[derive(Clone, Debug)]
pub enum AccessBy {
    Ticket { id: String, expires_at: Timestamp },
    Administrator(Box<User>),
}

/// The connection `name`, if the browser may see its pages: by `ticket`, or because an administrator is signed in there.
/// `None` says nothing about which of these was wrong.
///
/// # Errors
/// [`LoginError::TooMany`], [`LoginError::Store`].
pub async fn connection_access(
    hub: &Hub,
    name: &str,
    ticket: Option<&str>,
    browser: &Browser,
) -> Result<Option<(Arc<Connection>, AccessBy)>, LoginError> {
    let found = match ticket {
        Some(ticket) => by_ticket(hub, ticket, &browser.origin).await?,
        None => match administrator_of(hub, browser).await? {
            Some(user) => {
                let connection = hub.directory.connection_named(name).await?;
                connection.map(|connection| (connection, AccessBy::Administrator(Box::new(user))))
            }
            None => None,
        },
    };
    Ok(found.filter(|(one, _)| one.name == name && one.strategy == Strategy::Oidc))
}

async fn by_ticket(
    hub: &Hub,
    ticket: &str,
    origin: &Origin,
) -> Result<Option<(Arc<Connection>, AccessBy)>, LoginError> {
    let guess = hub.guesses.admit(Guessed::Ticket, origin)?;
    let (hash, now) = (digest::sha256_base64url(ticket), hub.clock.now());
    let Some(ticket) = hub.store.read(move |tx| tx.find_setup_ticket(&hash, now)).await? else {
        return Ok(None);
    };
    guess.was_right();
    let connection = hub.directory.connection(&ticket.connection_id).await?;
    Ok(connection
        .map(|connection| (connection, AccessBy::Ticket { id: ticket.id, expires_at: ticket.expires_at })))
}
