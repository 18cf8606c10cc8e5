//! Auth0's way to sign out, without a question: `client_id`, `returnTo`, `federated`.
//!
//! That is how Auth0's libraries expect it, and it means that a link on any page signs people out. What a page can do
//! without them noticing, such as loading it as an image, is refused by the caller.

use super::leave::{Leaving, leave, session_of};
use super::sign_out::{check, registered};
use super::{LogoutError, SignedOut};
use crate::flows::hub::Hub;
use crate::flows::login::Browser;
use crate::protocol::parameters::Parameters;

/// Ends the session of this browser, and goes to `returnTo`, or to the first address that the application registered.
///
/// # Errors
/// [`LogoutError::Invalid`] for an unknown application, or a `returnTo` that it has not registered. There is no list of
/// addresses that counts for all applications, so `returnTo` alone is refused.
pub async fn sign_out_directly(
    hub: &Hub,
    parameters: &Parameters,
    is_federated: bool,
    browser: &Browser,
) -> Result<SignedOut, LogoutError> {
    check(parameters)?;
    let client = match parameters.single("client_id") {
        None => None,
        Some(client_id) => {
            let client = hub.directory.client(client_id).await?;
            Some(client.ok_or(LogoutError::invalid("client_id is unknown"))?)
        }
    };
    let return_to = match (parameters.single("returnTo"), &client) {
        (Some(_), None) => {
            return Err(LogoutError::invalid(
                "returnTo needs client_id, to know which application it belongs to",
            ));
        }
        (Some(asked), Some(client)) => {
            registered(client, "returnTo", asked)?;
            Some(asked.to_owned())
        }
        (None, Some(client)) => client.settings.allowed_logout_urls.first().cloned(),
        (None, None) => None,
    };
    let session = session_of(hub, browser).await?;
    leave(hub, session, Leaving { client, return_to, is_federated }, browser).await
}
