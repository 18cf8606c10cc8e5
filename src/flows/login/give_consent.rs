//! The person lets the application have what it asked for, or does not.

use crate::domain::client::Client;
use crate::domain::login::Login;
use crate::flows::hub::Hub;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::scope;
use crate::store::{StoreError, Tx};

use super::LoginError;
use super::browser::{Browser, Outcome, open_login};
use super::continue_login::continue_login;
use super::refuse::{Parties, refuse};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentChoice {
    Allow,
    Deny,
}

/// Records the choice; a refusal goes to the application as `access_denied`.
///
/// # Errors
/// [`LoginError`].
pub async fn give_consent(
    hub: &Hub,
    login_id: &str,
    choice: ConsentChoice,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let now = hub.clock.now();
    let mut login = open_login(hub, browser, login_id, now).await?;
    match choice {
        ConsentChoice::Allow => {
            login.is_consent_given = true;
            continue_login(hub, login, browser).await
        }
        ConsentChoice::Deny => {
            let client =
                hub.directory.client(&login.request.client_id).await?.ok_or(LoginError::UnknownClient)?;
            let error = OAuthError::new(ErrorCode::AccessDenied, "the person did not consent");
            let parties = Parties { client: &client, connection: None };
            refuse(hub, &login, parties, &error, browser, now)
        }
    }
}

/// Whether the person has to be asked: the request says so, or what they let a third-party application have before
/// does not cover it.
pub(super) fn is_consent_needed(
    tx: &mut Tx<'_>,
    client: &Client,
    login: &Login,
    user_id: &str,
) -> Result<bool, StoreError> {
    if let Some(is_needed) = consent_by_request(client, login) {
        return Ok(is_needed);
    }
    let given = tx.find_consent(user_id, &client.client_id)?;
    Ok(given.is_none_or(|given| !scope::covers(&given, &login.request.scope)))
}

/// The same where the request and the application alone tell; `None`: what is remembered decides.
pub(super) fn consent_by_request(client: &Client, login: &Login) -> Option<bool> {
    if login.request.prompt.consent {
        return Some(true);
    }
    client.settings.is_first_party.then_some(false)
}
