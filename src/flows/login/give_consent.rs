//! The person lets the application have what it asked for, or does not.

use crate::domain::device::UserCode;
use crate::flows::hub::Hub;
use crate::protocol::error::{ErrorCode, OAuthError};

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
            if let Some(code) = login.device.as_deref().and_then(UserCode::read) {
                let hash = code.hash();
                hub.store.write(move |tx| tx.answer_device(&hash, None, now)).await?;
            }
            let error = OAuthError::new(ErrorCode::AccessDenied, "the person did not consent");
            let parties = Parties { client: &client, connection: None };
            refuse(hub, &login, parties, &error, browser, now)
        }
    }
}
