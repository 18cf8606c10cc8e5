//! Whether a person is asked before an application gets what it asks for.

use crate::domain::client::Client;
use crate::domain::login::Login;
use crate::domain::user::User;
use crate::protocol::scope;
use crate::store::{StoreError, Tx};

/// Always if the application says so; otherwise never for a first-party one, and for a third-party one unless what
/// the person let it have covers what it asks for.
pub(super) fn is_consent_needed(
    tx: &mut Tx<'_>,
    client: &Client,
    login: &Login,
    user: &User,
) -> Result<bool, StoreError> {
    if let Some(is_needed) = by_request(client, login) {
        return Ok(is_needed);
    }
    let given = tx.find_consent(&user.user_id, &client.client_id, None)?;
    Ok(given.is_none_or(|given| !scope::covers(&given.scope, &login.request.scope)))
}

/// The same where the request and the application alone tell; `None`: what is remembered decides.
pub(super) fn by_request(client: &Client, login: &Login) -> Option<bool> {
    if login.request.prompt.consent {
        return Some(true);
    }
    client.settings.is_first_party.then_some(false)
}
