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
    if login.request.prompt.consent || client.settings.is_first_party {
        return Ok(login.request.prompt.consent);
    }
    let given = tx.find_consent(&user.user_id, &client.client_id, None)?;
    Ok(given.is_none_or(|given| !scope::covers(&given.scope, &login.request.scope)))
}
