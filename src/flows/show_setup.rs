//! What the administrator of a provider has to enter there.

use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, TokenEndpointAuthMethod};
use crate::flows::connection_access::{AccessBy, connection_access};
use crate::flows::hub::Hub;
use crate::flows::login::{Browser, LoginError};

/// A connection's set-up page.
#[derive(Clone, Debug)]
pub struct Setup {
    pub display_name: String,
    pub entries: Vec<SetupEntry>,
    /// Of the ticket; an administrator needs none.
    pub expires_at: Option<Timestamp>,
}

/// One thing to enter at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupEntry {
    /// Its name in the page's words.
    pub kind: &'static str,
    pub value: String,
}

/// The set-up page of the connection `name`, if `ticket` opens it, or an administrator is signed in in this browser.
///
/// # Errors
/// [`LoginError::Store`].
pub async fn show_setup(
    hub: &Hub,
    name: &str,
    ticket: Option<&str>,
    browser: &Browser,
) -> Result<Option<Setup>, LoginError> {
    let access = connection_access(hub, name, ticket, browser).await?;
    Ok(access.map(|(connection, by)| Setup {
        display_name: connection.display_name.clone(),
        entries: entries(hub, &connection),
        expires_at: match by {
            AccessBy::Ticket { expires_at, .. } => Some(expires_at),
            AccessBy::Administrator(_) => None,
        },
    }))
}

fn entries(hub: &Hub, connection: &Connection) -> Vec<SetupEntry> {
    let name = &connection.name;
    let of_connection = |path: &str| hub.issuer.join(&format!("{path}/connection/{name}"));
    let entry = |kind, value| SetupEntry { kind, value };
    let keys = (connection.options.token_endpoint_auth_method == TokenEndpointAuthMethod::PrivateKeyJwt)
        .then(|| entry("keys", format!("{}/.well-known/jwks.json", of_connection("oauth"))));
    let mut entries = vec![
        entry("callback", hub.redirect_uri_of(connection)),
        entry("scopes", connection.options.scope.clone()),
    ];
    entries.extend(keys);
    entries.extend([
        entry("signed-out", hub.logout_callback_url()),
        entry("back-channel-logout", of_connection("oauth/backchannel-logout")),
        entry("front-channel-logout", of_connection("login/frontchannel-logout")),
        entry("logo", hub.issuer.join("static/mark.svg")),
    ]);
    entries
}
