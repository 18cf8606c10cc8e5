//! Whether a person is asked before an application gets what it asks for, and what they are asked.

use crate::domain::client::Client;
use crate::domain::consent::{asked_of_person, still_to_ask};
use crate::domain::login::Login;
use crate::domain::resource_server::{ApiScope, ResourceServer};
use crate::domain::shown_text::spelled_out;
use crate::domain::user::User;
use crate::flows::hub::Hub;
use crate::protocol::authorization_details::AuthorizationDetails;
use crate::protocol::scope;
use crate::store::{StoreError, Tx};

use super::LoginError;
use super::browser::ConsentScreen;

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
    if client.settings.is_first_party && is_api_content {
        return Some(false);
    }
    // Details are about one thing, done once: what was allowed before says nothing about it.
    login.request.authorization_details.is_some().then_some(true)
}

/// What the page asks `user`: everything if the application wants the question, otherwise what is new.
pub(super) async fn consent_screen(
    hub: &Hub,
    client: &Client,
    login: &Login,
    user: &User,
) -> Result<ConsentScreen, LoginError> {
    let request = &login.request;
    let (user_id, client_id) = (user.user_id.clone(), client.client_id.clone());
    let given = hub.store.read(move |tx| tx.consents_of(&user_id, &client_id)).await?;
    let asks_everything = request.prompt.consent || login.device.is_some();
    let of_person = asked_of_person(client, &request.scope);
    let asked = if asks_everything {
        request.scope.split(' ').filter(|one| !one.is_empty()).collect()
    } else {
        still_to_ask(&given, request.audience.as_deref(), &of_person)
    };
    let api = match &request.audience {
        Some(audience) => hub.directory.api(audience).await?,
        None => None,
    };
    let (of_profile, of_api): (Vec<&str>, Vec<&str>) = asked.iter().partition(|one| scope::is_reserved(one));
    let (settings, details) = (&client.settings, request.authorization_details.as_ref());
    Ok(ConsentScreen {
        client_host: login.device.is_none().then(|| host_of(&request.redirect_uri)),
        device_code: login.device.clone(),
        is_third_party: !settings.is_first_party,
        policy_uri: settings.policy_uri.clone(),
        tos_uri: settings.tos_uri.clone(),
        display_name: user.display_name().to_owned(),
        email: user.email().unwrap_or_default().to_owned(),
        picture: user.text("picture").map(str::to_owned),
        scopes: of_profile.into_iter().map(str::to_owned).collect(),
        api: api.map(|api| (api.settings.name.clone(), scopes_of(&api, &of_api))),
        details: details.map(AuthorizationDetails::described).map(spelled_out_all).unwrap_or_default(),
        is_more: !given.is_empty() && !asks_everything,
    })
}

/// What an application wrote, with everything that people could not see spelled out: they allow what they read.
fn spelled_out_all(details: Vec<(String, Vec<(String, String)>)>) -> Vec<(String, Vec<(String, String)>)> {
    let shown = |text: &str| spelled_out(text).into_owned();
    let line = |(path, value): (String, String)| (shown(&path), shown(&value));
    details.into_iter().map(|(kind, lines)| (shown(&kind), lines.into_iter().map(line).collect())).collect()
}

/// The scopes of `api` among `names`, with what people read about them.
fn scopes_of(api: &ResourceServer, names: &[&str]) -> Vec<ApiScope> {
    api.settings.scopes.iter().filter(|scope| names.contains(&scope.value.as_str())).cloned().collect()
}

/// Host and port of an address; of an application's own scheme, the whole address.
fn host_of(address: &str) -> String {
    let host = url::Url::parse(address).ok().and_then(|url| {
        let host = url.host_str()?;
        Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    });
    host.unwrap_or_else(|| address.to_owned())
}
