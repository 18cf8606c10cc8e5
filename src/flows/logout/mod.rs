//! A person signs out (OpenID Connect RP-Initiated Logout 1.0).

use crate::crypto::digest;
use crate::domain::audit::{LogEntry, LogType};
use crate::domain::client::Client;
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::flows::login::Browser;
use crate::protocol::parameters::Parameters;
use crate::protocol::tokens::{ID_TOKEN_TYPE, IdTokenClaims};
use crate::store::StoreError;

/// What happens next.
#[derive(Debug)]
pub enum LogoutStep {
    /// Nothing proves that the person asked: ask them.
    Confirm { client_id: Option<String>, client_name: Option<String>, person: Option<String> },
    /// Signed out, or nobody was signed in; back to the application.
    Return(String),
    /// Signed out; the page of the end.
    SignedOut { client_name: Option<String> },
}

/// Why a request to sign out was not followed.
#[derive(Debug, thiserror::Error)]
pub enum LogoutError {
    #[error("{0}")]
    Invalid(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Ends the session of this browser, once it is sure that the person wants that: an ID token of the very
/// session came along, or the person has `confirmed`.
///
/// # Errors
/// [`LogoutError::Invalid`] for a hint that is not ours, a contradiction, or a return address that the
/// application has not registered.
pub async fn sign_out(
    hub: &Hub,
    parameters: &Parameters,
    has_confirmed: bool,
    browser: &Browser,
) -> Result<LogoutStep, LogoutError> {
    let now = hub.clock.now();
    parameters
        .check(crate::domain::limits::PARAMETER_BYTES, crate::domain::limits::FORM_BYTES)
        .map_err(|_| LogoutError::Invalid("a parameter is duplicated or too large"))?;
    let hint = match parameters.single("id_token_hint") {
        None => None,
        Some(token) => Some(
            hub.keys
                .current()
                .verify::<IdTokenClaims>(token, ID_TOKEN_TYPE)
                .filter(|claims| claims.iss == hub.issuer.as_str())
                .ok_or(LogoutError::Invalid("id_token_hint is not an ID token of this issuer"))?,
        ),
    };
    let client_id = match (&hint, parameters.single("client_id")) {
        (Some(hint), Some(client_id)) if hint.aud != client_id => {
            return Err(LogoutError::Invalid("client_id is not the one of id_token_hint"));
        }
        (Some(hint), _) => Some(hint.aud.clone()),
        (None, client_id) => client_id.map(str::to_owned),
    };
    let client = match &client_id {
        None => None,
        Some(client_id) => {
            Some(hub.directory.client(client_id).await?.ok_or(LogoutError::Invalid("client_id is unknown"))?)
        }
    };
    let return_to = return_address(parameters, client.as_deref())?;
    let session = match &browser.session_token {
        None => None,
        Some(token) => {
            let hash = digest::sha256_base64url(token.reveal());
            hub.store
                .read(move |tx| {
                    let Some(session) = tx.find_session_by_token_hash(&hash)? else { return Ok(None) };
                    let user = tx.find_user(&session.user_id)?;
                    Ok::<_, StoreError>(Some((session, user)))
                })
                .await?
        }
    };
    let client_name = client.as_ref().map(|client| client.settings.name.clone());
    if let Some((session, user)) = session {
        let is_asked_by_its_application = hint.as_ref().is_some_and(|hint| hint.sid == session.id);
        if !is_asked_by_its_application && !has_confirmed {
            return Ok(LogoutStep::Confirm {
                client_id,
                client_name,
                person: user.map(|user| user.email().unwrap_or(user.display_name()).to_owned()),
            });
        }
        let suffix = hub.random.alphanumeric(12);
        let mut entry = LogEntry::new(now, &suffix, LogType::LogoutSucceeded, "signed out", &browser.origin);
        entry.client_id = client_id;
        entry.client_name.clone_from(&client_name);
        entry.user_name = user.as_ref().map(|user| user.display_name().to_owned());
        entry.user_id = Some(session.user_id.clone());
        entry.connection_id = Some(session.connection_id.clone());
        journal::trace(&entry);
        hub.store
            .write(move |tx| {
                tx.remove_session(&session.id)?;
                tx.revoke_grants_of_session(&session.id, now)?;
                tx.add_log_entries(std::slice::from_ref(&entry))
            })
            .await?;
    }
    Ok(match return_to {
        Some(address) => LogoutStep::Return(address),
        None => LogoutStep::SignedOut { client_name },
    })
}

/// The registered return address, with `state`.
fn return_address(parameters: &Parameters, client: Option<&Client>) -> Result<Option<String>, LogoutError> {
    let Some(asked) = parameters.single("post_logout_redirect_uri") else { return Ok(None) };
    let client = client.ok_or(LogoutError::Invalid(
        "post_logout_redirect_uri needs id_token_hint or client_id, to know which application it belongs to",
    ))?;
    if !client.settings.allowed_logout_urls.iter().any(|url| url == asked) {
        return Err(LogoutError::Invalid("post_logout_redirect_uri is not registered for this application"));
    }
    let mut url =
        url::Url::parse(asked).map_err(|_| LogoutError::Invalid("post_logout_redirect_uri is not a URL"))?;
    match parameters.single("state") {
        // Untouched: adding nothing must not even add a slash.
        None => Ok(Some(asked.to_owned())),
        Some(state) => {
            url.query_pairs_mut().append_pair("state", state);
            Ok(Some(url.into()))
        }
    }
}
