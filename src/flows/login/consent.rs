//! Whether a person is asked before an application gets what it asks for, and what they are asked.

use crate::domain::client::Client;
use crate::domain::consent::{asked_of_person, still_to_ask};
use crate::domain::login::Login;
use crate::domain::resource_server::ResourceServer;
use crate::domain::user::User;
use crate::store::{StoreError, Tx};

/// Always if the application says so; otherwise unless what the person let it have before covers what it asks for.
/// A first-party application only needs consent for an API that wants it. `api` is the request's.
pub(super) fn is_consent_needed(
    tx: &mut Tx<'_>,
    client: &Client,
    api: Option<&ResourceServer>,
    login: &Login,
    user: &User,
) -> Result<bool, StoreError> {
    if let Some(is_needed) = by_request(client, api, login) {
        return Ok(is_needed);
    }
    let given = tx.consents_of(&user.user_id, &client.client_id)?;
    let audience = login.request.audience.as_deref();
    let asked = asked_of_person(client, &login.request.scope);
    // Even without a single scope, a third-party application hears who somebody is, and reaches the API.
    let is_known = client.settings.is_first_party
        || given.iter().any(|consent| audience.is_none() || consent.audience.as_deref() == audience);
    Ok(!is_known || !still_to_ask(&given, audience, &asked).is_empty())
}

/// The same where the request, the application and the API alone tell; `None`: what is remembered decides.
pub(super) fn by_request(client: &Client, api: Option<&ResourceServer>, login: &Login) -> Option<bool> {
    // A device asks from afar: whoever sits there may not be the person who confirms (RFC 8628 §5.4).
    if login.request.prompt.consent || login.device.is_some() {
        return Some(true);
    }
    let is_api_content = api.is_none_or(|api| api.settings.skip_consent_for_verifiable_first_party_clients);
    (client.settings.is_first_party && is_api_content).then_some(false)
}
