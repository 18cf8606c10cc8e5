//! The one policy: may this user, through this connection, get tokens for this client now?
//!
//! Every grant and every entry point asks here: login, callback, silent login, token endpoint, UserInfo, test login.

use super::client::Client;
use super::connection::Connection;
use super::resource_server::ResourceServer;
use super::user::User;

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the user is blocked")]
    UserBlocked,
    #[error("the connection no longer exists")]
    ConnectionGone,
    #[error("the connection is disabled")]
    ConnectionDisabled,
    #[error("the connection is not enabled for this application")]
    ConnectionNotEnabledForClient,
    #[error("the user is no administrator of this hub")]
    NotAdministrator,
}

/// Whether anybody may go to the provider of `connection`, were it for a test alone.
///
/// # Errors
/// [`Refusal`] about the connection itself.
pub fn may_be_tested(connection: Option<&Connection>) -> Result<&Connection, Refusal> {
    let connection = connection.ok_or(Refusal::ConnectionGone)?;
    if connection.is_enabled { Ok(connection) } else { Err(Refusal::ConnectionDisabled) }
}

/// Whether `client` may use `connection` at all.
///
/// A first-party application uses the connections enabled for it; a third-party application only
/// domain-level connections.
///
/// # Errors
/// [`Refusal`], never about a user.
pub fn may_use(connection: Option<&Connection>, client: &Client) -> Result<(), Refusal> {
    let connection = may_be_tested(connection)?;
    let is_open_to_client = if client.settings.is_first_party {
        connection.enabled_clients.contains(&client.client_id)
    } else {
        connection.is_domain_connection
    };
    if is_open_to_client { Ok(()) } else { Err(Refusal::ConnectionNotEnabledForClient) }
}

/// Whether `user`, who came through `connection`, may get tokens for `client`.
///
/// # Errors
/// [`Refusal`].
pub fn may_sign_in(user: &User, connection: Option<&Connection>, client: &Client) -> Result<(), Refusal> {
    if user.is_blocked {
        return Err(Refusal::UserBlocked);
    }
    may_use(connection, client)
}

/// Whether a person may have tokens for `api`: those for the Management API are for administrators alone.
///
/// # Errors
/// [`Refusal::NotAdministrator`].
pub fn may_have_tokens_for(api: Option<&ResourceServer>, is_administrator: bool) -> Result<(), Refusal> {
    match api {
        Some(api) if api.is_system && !is_administrator => Err(Refusal::NotAdministrator),
        Some(_) | None => Ok(()),
    }
}
