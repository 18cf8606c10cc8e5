//! An application asks to sign somebody in: the request is proven, and a login begins.

use crate::domain::audit::LogType;
use crate::domain::client::Client;
use crate::domain::login::Login;
use crate::flows::hub::Hub;
use crate::protocol::authorization_response::ReturnAddress;
use crate::protocol::error::OAuthError;
use crate::protocol::parameters::Parameters;
use crate::protocol::response_mode::Delivery;

use super::answer::error_answer;
use super::browser::{Browser, CookieChanges, Outcome, View};
use super::check_request::{check_request, return_address};
use super::continue_login::continue_login;
use super::organization_code::admit_code;
use super::resolve_request::{NotResolved, Source, resolve_request};
use super::{LoginError, record};

/// Begins a login from the parameters of `/authorize`.
///
/// # Errors
/// [`LoginError`] while nobody has proven where an answer may go; every later problem is an answer to the
/// application.
pub async fn begin(hub: &Hub, parameters: &Parameters, browser: &Browser) -> Result<Outcome, LoginError> {
    let now = hub.clock.now();
    let client_id = parameters.single("client_id").ok_or(LoginError::UnknownClient)?;
    let client = hub.directory.client(client_id).await?.ok_or(LoginError::UnknownClient)?;
    let resolved = match resolve_request(hub, &client, parameters, now).await {
        Ok(resolved) => resolved,
        Err(NotResolved::Store(error)) => return Err(error.into()),
        Err(NotResolved::Pushed(error)) => return Err(LoginError::Request(error)),
        Err(NotResolved::Object(error)) => {
            // What stands outside may still prove where the application wants to hear of it.
            let Ok(to) = return_address(&client, parameters) else { return Err(LoginError::Request(error)) };
            return refuse(hub, &client, &to, &error, browser);
        }
    };
    let to = return_address(&client, &resolved.parameters).map_err(LoginError::NoReturnAddress)?;
    let checked = match resolved.source.suits(&client) {
        Ok(()) => check_request(hub, &client, &resolved.parameters, &to).await?,
        Err(error) => Err(error),
    };
    match checked {
        Ok(mut request) => {
            let code = request.organization.as_deref();
            request.organization = admit_code(hub, &client, code, &browser.origin).await?.unwrap_or_default();
            let pushed_request = match resolved.source {
                Source::Pushed { reference_hash } => Some(reference_hash),
                Source::Parameters | Source::RequestObject => None,
            };
            if browser.is_framed {
                let is_message = request.response_mode.delivery() == Delivery::WebMessage;
                if !request.prompt.none && !is_message {
                    return Err(LoginError::InFrame);
                }
                // Whoever is not signed in is not asked in a frame, nor is their provider.
                request.prompt.none = true;
            }
            let login = Login { pushed_request, ..Login::begin(request, now, &hub.random) };
            continue_login(hub, login, browser).await
        }
        Err(error) => refuse(hub, &client, &to, &error, browser),
    }
}

fn refuse(
    hub: &Hub,
    client: &Client,
    to: &ReturnAddress,
    error: &OAuthError,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let now = hub.clock.now();
    let mut entry = record::failure(hub, browser, LogType::LoginFailed, now, error.to_string());
    entry.name(client);
    hub.journal.note(entry);
    let response = error_answer(hub, client, to, error, now)?;
    Ok(Outcome { view: View::Answer(response), cookies: CookieChanges::default() })
}
