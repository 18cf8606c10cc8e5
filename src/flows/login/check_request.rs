//! What an application asks is checked: the same whether it came by query, in a request object or was pushed.

use crate::domain::client::{Client, GrantType};
use crate::domain::limits;
use crate::flows::hub::Hub;
use crate::flows::requested_api::{requested_api, requested_details, scope_rules};
use crate::protocol::authorization_request::{
    self, AuthorizationRequest, ClientRules, NoReturnAddress, RequestLimits,
};
use crate::protocol::authorization_response::ReturnAddress;
use crate::protocol::claims_request::ClaimsLimits;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::protocol::scope;
use crate::protocol::tokens::{ID_TOKEN_TYPE, IdTokenClaims};
use crate::store::StoreError;

pub(super) const LIMITS: RequestLimits = RequestLimits {
    parameter: limits::PARAMETER_BYTES,
    request: limits::AUTHORIZATION_REQUEST_BYTES,
    claims: ClaimsLimits { bytes: limits::CLAIMS_PARAMETER_BYTES, claims: limits::CLAIMS_ASKED },
};

/// Proves where an answer may go.
///
/// # Errors
/// [`NoReturnAddress`].
pub(super) fn return_address(
    client: &Client,
    parameters: &Parameters,
) -> Result<ReturnAddress, NoReturnAddress> {
    authorization_request::return_address(parameters, rules_of(client))
}

/// Checks everything else.
///
/// # Errors
/// [`StoreError`]. What is wrong with the request is an answer: the specification's error, for the application.
pub(super) async fn check_request(
    hub: &Hub,
    client: &Client,
    parameters: &Parameters,
    to: &ReturnAddress,
) -> Result<Result<AuthorizationRequest, OAuthError>, StoreError> {
    let access = requested_api(hub, client, parameters).await?;
    Ok(access.and_then(|access| {
        let hint = hinted_subject(hub, parameters, client)?;
        let rules = ClientRules {
            scopes: scope_rules(client, access.as_ref()),
            audience: access.as_ref().map(|access| access.api.identifier.as_str()),
            ..rules_of(client)
        };
        let request = authorization_request::check(parameters, rules, to, LIMITS, hint)?;
        let authorization_details = requested_details(client, access.as_ref(), parameters)?;
        let request = AuthorizationRequest { authorization_details, ..request };
        Ok(without_useless_offline_access(request, client))
    }))
}

/// `offline_access` means a refresh token: without the grant type it is not granted (OpenID Connect Core §11).
pub(super) fn without_useless_offline_access(
    mut request: AuthorizationRequest,
    client: &Client,
) -> AuthorizationRequest {
    if !client.allows_grant(GrantType::RefreshToken) {
        request.scope = scope::without(&request.scope, scope::OFFLINE_ACCESS);
    }
    request
}

pub(super) fn rules_of(client: &Client) -> ClientRules<'_> {
    ClientRules {
        client_id: &client.client_id,
        redirect_uris: &client.settings.callbacks,
        response_types: &client.settings.response_types,
        // FAPI 2.0 Security Profile §5.3.2.2: confidential clients too.
        must_use_pkce: client.is_public() || client.settings.is_fapi2(),
        default_max_age: client.settings.default_max_age,
        default_acr_values: &client.settings.default_acr_values,
        scopes: scope_rules(client, None),
        audience: None,
    }
}

/// The subject an `id_token_hint` names. An expired one is fine (OpenID Connect Core §3.1.2.1), one that is
/// not ours or was made for another application is not.
fn hinted_subject(hub: &Hub, parameters: &Parameters, client: &Client) -> Result<Option<String>, OAuthError> {
    let Some(hint) = parameters.single("id_token_hint") else { return Ok(None) };
    hub.keys
        .current()
        .verify::<IdTokenClaims>(hint, ID_TOKEN_TYPE)
        .filter(|claims| claims.aud == client.client_id && claims.iss == hub.issuer.as_str())
        .map(|claims| Some(claims.sub))
        .ok_or_else(|| {
            OAuthError::new(
                ErrorCode::InvalidRequest,
                "id_token_hint is not an ID token of this issuer for this application",
            )
        })
}
