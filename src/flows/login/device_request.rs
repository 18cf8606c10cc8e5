//! What a device asks for (RFC 8628 §3.1), as an authorization request whose answer comes to a page of ours.

use crate::domain::client::{Client, GrantType};
use crate::flows::hub::Hub;
use crate::flows::requested_api::{requested_api, scope_rules};
use crate::protocol::authorization_request::{self, AuthorizationRequest, ClientRules};
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::protocol::response_type::ResponseType;
use crate::store::StoreError;

use super::check_request::{LIMITS, rules_of, without_useless_offline_access};

/// The request of `client`'s device for the `scope` and `audience` of `asked`, checked as one of `/authorize`.
///
/// Nothing is answered but that the person has decided: the tokens go to the device.
///
/// # Errors
/// [`StoreError`]; inside, what is wrong with the request.
pub async fn device_request(
    hub: &Hub,
    client: &Client,
    asked: &Parameters,
) -> Result<Result<AuthorizationRequest, OAuthError>, StoreError> {
    if !client.allows_grant(GrantType::DeviceCode) {
        return Ok(Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "this application may not use the device authorization grant",
        )));
    }
    let end = hub.activation_end_url();
    let fixed = [("response_type", ResponseType::Code.name()), ("redirect_uri", end.as_str())];
    let wanted = asked.iter().filter(|(name, _)| matches!(*name, "scope" | "audience" | "resource"));
    let pairs = fixed.into_iter().chain(wanted).map(|(name, value)| (name.to_owned(), value.to_owned()));
    let parameters = Parameters::new(pairs.collect());
    let access = match requested_api(hub, client, &parameters).await? {
        Ok(access) => access,
        Err(error) => return Ok(Err(error)),
    };
    let redirect_uris = [end];
    let rules = ClientRules {
        redirect_uris: &redirect_uris,
        response_types: &[ResponseType::Code],
        // The device code is what the device holds; no verifier could be older.
        must_use_pkce: false,
        scopes: scope_rules(client, access.as_ref()),
        audience: access.as_ref().map(|access| access.api.identifier.as_str()),
        ..rules_of(client)
    };
    let unreachable = |_| OAuthError::new(ErrorCode::ServerError, "our own page is not ours");
    let checked = authorization_request::return_address(&parameters, rules)
        .map_err(unreachable)
        .and_then(|to| authorization_request::check(&parameters, rules, &to, LIMITS, None));
    Ok(checked.map(|request| AuthorizationRequest {
        // What a code could fetch, the device fetches; the browser takes nothing along.
        response_type: ResponseType::None,
        ..without_useless_offline_access(request, client)
    }))
}
