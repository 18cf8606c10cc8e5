//! The API that a person's token is asked for (RFC 8707), and what the application may have there.

use crate::domain::client::Client;
use crate::domain::client_grant::{ApiAccess, TokenOf};
use crate::domain::limits;
use crate::flows::hub::Hub;
use crate::protocol::authorization_details::AuthorizationDetails;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::protocol::scope::ScopeRules;
use crate::protocol::target::requested_audience;
use crate::store::StoreError;

/// The API that `parameters` name; `None` if they name none.
///
/// A third-party application without a client grant for the API is answered as if it had not named it: it learns
/// nothing of APIs that are closed to it, and its login goes on.
///
/// # Errors
/// [`StoreError`]; inside, `invalid_target` for what is no API, or one that is never open to people's tokens.
pub async fn requested_api(
    hub: &Hub,
    client: &Client,
    parameters: &Parameters,
) -> Result<Result<Option<ApiAccess>, OAuthError>, StoreError> {
    let audience = match requested_audience(parameters) {
        Ok(Some(audience)) => audience,
        Ok(None) => return Ok(Ok(None)),
        Err(error) => return Ok(Err(error)),
    };
    if let Some(access) = hub.directory.api_access(client, audience, TokenOf::Person).await? {
        return Ok(Ok(Some(access)));
    }
    let refused = |text| Ok(Err(OAuthError::new(ErrorCode::InvalidTarget, text)));
    match hub.directory.api(audience).await? {
        None => refused("no API has this audience"),
        Some(api) if api.is_system => refused("this API is not open to people's tokens"),
        Some(_) => Ok(Ok(None)),
    }
}

/// The `authorization_details` of `parameters`, each of a type that the API declares and the application registered
/// (RFC 9396 §5).
///
/// # Errors
/// `invalid_authorization_details`.
pub fn requested_details(
    client: &Client,
    access: Option<&ApiAccess>,
    parameters: &Parameters,
) -> Result<Option<AuthorizationDetails>, OAuthError> {
    let details = AuthorizationDetails::read(parameters, limits::AUTHORIZATION_DETAILS)?;
    details.map(|details| allowed_details(client, access, details)).transpose()
}

/// `details`, if the API declares and the application registered the type of each.
///
/// # Errors
/// `invalid_authorization_details`.
pub fn allowed_details(
    client: &Client,
    access: Option<&ApiAccess>,
    details: AuthorizationDetails,
) -> Result<AuthorizationDetails, OAuthError> {
    let refused = |text: String| Err(OAuthError::new(ErrorCode::InvalidAuthorizationDetails, text));
    let Some(access) = access else {
        return refused("authorization_details are for an API: name it in audience".into());
    };
    match details.types().into_iter().find(|name| !access.takes_details(client, name)) {
        None => Ok(details),
        Some(_) => refused(format!(
            "the API {} has no such type of authorization_details, or this application may not use it",
            access.api.settings.name
        )),
    }
}

/// The scopes that `client` may ask for, together with an API or without.
pub fn scope_rules<'a>(client: &'a Client, access: Option<&'a ApiAccess>) -> ScopeRules<'a> {
    ScopeRules {
        registered: client.settings.scope.as_deref(),
        of_api: access.map(|access| &access.scopes),
        is_online_only: access.is_some_and(|access| !access.api.settings.allow_offline_access),
    }
}
