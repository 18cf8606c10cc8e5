//! An answer to the application: in the open, or signed (JARM), and only to a redirect URI that is registered now.

use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::flows::hub::Hub;
use crate::protocol::authorization_request::NoReturnAddress;
use crate::protocol::authorization_response::{
    AnswerParameters, AuthorizationResponse, ReturnAddress, SIGNED_RESPONSE_TYPE, error_parameters,
};
use crate::protocol::error::OAuthError;
use crate::protocol::redirect_uri;
use crate::protocol::response_mode::{Delivery, web_origin};

use super::LoginError;

/// The answer with `parameters`, as the request's response mode wants it.
///
/// # Errors
/// [`LoginError::NoReturnAddress`] where the application gave up the redirect URI since it asked. The page where the
/// login of a device ends is ours, and no application's.
pub(super) fn answer(
    hub: &Hub,
    client: &Client,
    to: &ReturnAddress,
    parameters: AnswerParameters,
    now: Timestamp,
) -> Result<AuthorizationResponse, LoginError> {
    let is_ours = to.redirect_uri == hub.activation_end_url();
    if !is_ours && !redirect_uri::is_registered(&to.redirect_uri, &client.settings.callbacks) {
        return Err(LoginError::NoReturnAddress(NoReturnAddress::RedirectUriNotRegistered));
    }
    let issuer = hub.issuer.as_str();
    let mut response = if to.mode.is_signed() {
        let exp = now.plus_seconds(limits::SIGNED_RESPONSE_LIFETIME_SECONDS).seconds();
        let claims = to.claims_to_sign(parameters, issuer, &client.client_id, exp);
        let settings = &client.settings;
        let algorithm =
            settings.authorization_signed_response_alg.unwrap_or_else(|| settings.usual_algorithm());
        let signed = hub.keys.current().sign(algorithm, SIGNED_RESPONSE_TYPE, &claims);
        to.signed_response(signed.map_err(|_| LoginError::Internal("the answer cannot be signed"))?)
    } else {
        to.plain_response(parameters, issuer)
    };
    if response.delivery == Delivery::WebMessage {
        response.origins = origins_of(client, &to.redirect_uri);
    }
    Ok(response)
}

/// The answer that says what went wrong.
///
/// # Errors
/// As [`answer`].
pub(super) fn error_answer(
    hub: &Hub,
    client: &Client,
    to: &ReturnAddress,
    error: &OAuthError,
    now: Timestamp,
) -> Result<AuthorizationResponse, LoginError> {
    answer(hub, client, to, error_parameters(error), now)
}

/// Who may receive a message: the redirect URI's origin, and those the application has registered for it. The
/// browser hands it over only where the receiving window is at one of them.
fn origins_of(client: &Client, redirect_uri: &str) -> Vec<String> {
    let own = web_origin(redirect_uri).into_iter();
    let registered = client.settings.web_origins.iter().filter_map(|origin| web_origin(origin));
    let mut origins: Vec<String> = own.collect();
    for origin in registered {
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins
}
