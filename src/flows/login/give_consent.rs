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
    /// The person is somebody else than the page says.
    Another,
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
            // Whoever answers: it counts for the person before whom the page was.
            login.consent_given_by = login.consent_asked_of.take();
            continue_login(hub, login, browser).await
        }
        ConsentChoice::Another => {
            let former = login.id.clone();
            let mut outcome = continue_login(hub, login.begin_again(now, &hub.random), browser).await?;
            outcome.cookies.drop_logins.push(former);
            Ok(outcome)
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
