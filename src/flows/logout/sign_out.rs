//! An application, or the person, asks to sign out (OpenID Connect RP-Initiated Logout 1.0).

use std::sync::Arc;

use super::leave::{Leaving, leave, session_of};
use super::{LogoutError, LogoutStep};
use crate::domain::client::Client;
use crate::domain::limits;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::flows::hub::Hub;
use crate::flows::login::Browser;
use crate::protocol::parameters::Parameters;
use crate::protocol::tokens::{ID_TOKEN_TYPE, IdTokenClaims};
use crate::store::StoreError;

/// Ends the session of this browser, once it is sure that the person wants that: an ID token (or the `sid`) of the very
/// session came along, or the person has `confirmed`.
///
/// # Errors
/// [`LogoutError::Invalid`] for a hint that is not ours, a contradiction, or a return address that the
/// application has not registered.
pub async fn sign_out(
    hub: &Hub,
    parameters: &Parameters,
    is_federated: bool,
    has_confirmed: bool,
    browser: &Browser,
) -> Result<LogoutStep, LogoutError> {
    check(parameters)?;
    let hint = id_token_hint(hub, parameters)?;
    let client = client_of(hub, parameters, hint.as_ref()).await?;
    let return_to = return_address(parameters, client.as_deref())?;
    let session = session_of(hub, browser).await?;
    if let Some((session, user)) = &session
        && !has_confirmed
        && !is_asked_by_its_application(
            hub,
            parameters,
            hint.as_ref(),
            client.as_deref(),
            &names_of_session(hub, parameters, client.as_deref(), session).await?,
            user.as_ref(),
        )
    {
        return Ok(LogoutStep::Confirm {
            client_id: client.as_ref().map(|client| client.client_id.clone()),
            client_name: client.as_ref().map(|client| client.settings.name.clone()),
            person: user.as_ref().map(|user| user.email().unwrap_or(user.display_name()).to_owned()),
        });
    }
    let leaving = Leaving { client, return_to, is_federated };
    Ok(LogoutStep::SignedOut(leave(hub, session, leaving, browser).await?))
}

/// Each parameter once, and none larger than it may be.
pub(super) fn check(parameters: &Parameters) -> Result<(), LogoutError> {
    parameters
        .check(limits::PARAMETER_BYTES, limits::FORM_BYTES)
        .map_err(|_| LogoutError::invalid("a parameter is duplicated or too large"))
}

/// The claims of `id_token_hint`. It may have expired (§4), but we must have signed it.
fn id_token_hint(hub: &Hub, parameters: &Parameters) -> Result<Option<IdTokenClaims>, LogoutError> {
    let Some(token) = parameters.single("id_token_hint") else { return Ok(None) };
    hub.keys
        .current()
        .verify::<IdTokenClaims>(token, ID_TOKEN_TYPE)
        .filter(|claims| claims.iss == hub.issuer.as_str())
        .map(Some)
        .ok_or(LogoutError::invalid("id_token_hint is not an ID token of this issuer"))
}

/// The application that asks: by the ID token made for it, or by `client_id`, which must not contradict each other.
async fn client_of(
    hub: &Hub,
    parameters: &Parameters,
    hint: Option<&IdTokenClaims>,
) -> Result<Option<Arc<Client>>, LogoutError> {
    let named = parameters.single("client_id");
    let client_id = match (hint, named) {
        (Some(hint), Some(named)) if hint.aud != named => {
            return Err(LogoutError::invalid("client_id is not the one of id_token_hint"));
        }
        (Some(hint), _) => hint.aud.as_str(),
        (None, Some(named)) => named,
        (None, None) => return Ok(None),
    };
    let client = hub.directory.client(client_id).await?;
    client.map(Some).ok_or(LogoutError::invalid("client_id is unknown"))
}

/// Every `sid` by which an application may know `session`: the one of `client`, or, where a `logout_hint` came without
/// anything that names the application, those of all that took part. The session's id is always one: it is what public
/// applications know, and what tokens of earlier releases say.
async fn names_of_session(
    hub: &Hub,
    parameters: &Parameters,
    client: Option<&Client>,
    session: &Session,
) -> Result<Vec<String>, StoreError> {
    let mut names = vec![session.id.clone()];
    if let Some(client) = client {
        names.push(hub.sid_of(client, &session.id));
    } else if parameters.single("logout_hint").is_some() {
        let id = session.id.clone();
        for (_, client_id) in hub.store.read(move |tx| tx.participants(&[&id])).await? {
            if let Some(client) = hub.directory.client(&client_id).await? {
                names.push(hub.sid_of(&client, &session.id));
            }
        }
    }
    Ok(names)
}

/// Whether the request shows something only an application of this session can know: its ID token, or its `sid` as
/// `logout_hint`, which is as hard to guess. A `logout_hint` that means somebody else makes it doubtful again.
fn is_asked_by_its_application(
    hub: &Hub,
    parameters: &Parameters,
    hint: Option<&IdTokenClaims>,
    client: Option<&Client>,
    names_of_session: &[String],
    user: Option<&User>,
) -> bool {
    let names_session = |text: &str| names_of_session.iter().any(|name| name == text);
    let names_person = |text: &str| {
        user.is_some_and(|user| {
            let email = user.email().is_some_and(|email| email.eq_ignore_ascii_case(text));
            let subject = client.is_some_and(|client| hub.subject_of(client, &user.user_id) == text);
            email || subject || text == user.user_id
        })
    };
    match (hint, parameters.single("logout_hint")) {
        (Some(hint), None) => names_session(&hint.sid),
        (Some(hint), Some(text)) => names_session(&hint.sid) && (names_session(text) || names_person(text)),
        (None, Some(text)) => names_session(text),
        (None, None) => false,
    }
}

/// The registered return address, with `state` (§3).
fn return_address(parameters: &Parameters, client: Option<&Client>) -> Result<Option<String>, LogoutError> {
    let Some(asked) = parameters.single("post_logout_redirect_uri") else { return Ok(None) };
    let client = client.ok_or(LogoutError::invalid(
        "post_logout_redirect_uri needs id_token_hint or client_id, to know which application it belongs to",
    ))?;
    registered(client, "post_logout_redirect_uri", asked)?;
    match parameters.single("state") {
        // Untouched: adding nothing must not even add a slash.
        None => Ok(Some(asked.to_owned())),
        Some(state) => {
            let mut url = url::Url::parse(asked)
                .map_err(|_| LogoutError::invalid("post_logout_redirect_uri is not a URL"))?;
            url.query_pairs_mut().append_pair("state", state);
            Ok(Some(url.into()))
        }
    }
}

/// Whether the application registered `asked`, letter for letter.
pub(super) fn registered(client: &Client, parameter: &str, asked: &str) -> Result<(), LogoutError> {
    if client.settings.allowed_logout_urls.iter().any(|url| url == asked) {
        return Ok(());
    }
    let shown: String =
        asked.chars().take(limits::SHORT_TEXT_CHARACTERS).filter(|c| !c.is_control()).collect();
    Err(LogoutError::invalid(format!(
        "{parameter} {shown} is not one of the addresses that {} has registered to return to after signing out",
        client.settings.name
    )))
}
