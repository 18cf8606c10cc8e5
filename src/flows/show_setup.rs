//! What the administrator of a provider has to enter there, for who holds a ticket.

use std::sync::Arc;

use crate::crypto::digest;
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, Strategy, TokenEndpointAuthMethod};
use crate::flows::hub::Hub;
use crate::store::StoreError;

/// A connection's set-up page.
#[derive(Clone, Debug)]
pub struct Setup {
    pub display_name: String,
    pub entries: Vec<SetupEntry>,
    pub expires_at: Timestamp,
}

/// One thing to enter at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupEntry {
    /// Its name in the page's words.
    pub kind: &'static str,
    pub value: String,
}

/// The set-up page of the connection `name`, if `token` is a ticket to it.
///
/// # Errors
/// [`StoreError`].
pub async fn show_setup(hub: &Hub, name: &str, token: &str) -> Result<Option<Setup>, StoreError> {
    let (hash, now) = (digest::sha256_base64url(token), hub.clock.now());
    let Some(ticket) = hub.store.read(move |tx| tx.find_setup_ticket(&hash, now)).await? else {
        return Ok(None);
    };
    let connection: Option<Arc<Connection>> = hub.directory.connection(&ticket.connection_id).await?;
    let connection = connection.filter(|one| one.name == name && one.strategy == Strategy::Oidc);
    Ok(connection.map(|connection| Setup {
        display_name: connection.display_name.clone(),
        entries: entries(hub, &connection),
        expires_at: ticket.expires_at,
    }))
}

fn entries(hub: &Hub, connection: &Connection) -> Vec<SetupEntry> {
    let name = &connection.name;
    let of_connection = |path: &str| hub.issuer.join(&format!("{path}/connection/{name}"));
    let entry = |kind, value| SetupEntry { kind, value };
    let keys = (connection.options.token_endpoint_auth_method == TokenEndpointAuthMethod::PrivateKeyJwt)
        .then(|| entry("keys", format!("{}/.well-known/jwks.json", of_connection("oauth"))));
    let mut entries =
        vec![entry("callback", hub.callback_url()), entry("scopes", connection.options.scope.clone())];
    entries.extend(keys);
    entries.extend([
        entry("signed-out", hub.logout_callback_url()),
        entry("back-channel-logout", of_connection("oauth/backchannel-logout")),
        entry("front-channel-logout", of_connection("login/frontchannel-logout")),
        entry("logo", hub.issuer.join("static/mark.svg")),
    ]);
    entries
}
