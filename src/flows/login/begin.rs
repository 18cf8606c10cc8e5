//! An application asks to sign somebody in: the request is proven, and a login begins.

use crate::domain::audit::LogType;
use crate::domain::client::{Client, GrantType};
use crate::domain::limits;
use crate::domain::login::Login;
use crate::flows::hub::Hub;
use crate::flows::requested_api::{requested_api, scope_rules};
use crate::protocol::authorization_request::{self, AuthorizationRequest, ClientRules, RequestLimits};
use crate::protocol::claims_request::ClaimsLimits;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::protocol::scope;
use crate::protocol::tokens::{ID_TOKEN_TYPE, IdTokenClaims};

use super::answer::error_answer;
use super::browser::{Browser, CookieChanges, Outcome, View};
use super::continue_login::continue_login;
use super::{LoginError, record};

const LIMITS: RequestLimits = RequestLimits {
    parameter: limits::PARAMETER_BYTES,
    request: limits::AUTHORIZATION_REQUEST_BYTES,
    claims: ClaimsLimits { bytes: limits::CLAIMS_PARAMETER_BYTES, claims: limits::CLAIMS_ASKED },
};

/// Begins a login from the parameters of `/authorize`.
///
/// # Errors
/// [`LoginError`] while nobody has proven where an answer may go; every later problem is an answer to the
/// application.
pub async fn begin(hub: &Hub, parameters: &Parameters, browser: &Browser) -> Result<Outcome, LoginError> {
    let now = hub.clock.now();
    let client_id = parameters.single("client_id").ok_or(LoginError::UnknownClient)?;
    let client = hub.directory.client(client_id).await?.ok_or(LoginError::UnknownClient)?;
    let rules = rules_of(&client);
    let to = authorization_request::return_address(parameters, rules).map_err(LoginError::NoReturnAddress)?;
    let access = requested_api(hub, &client, parameters).await?;
    let checked = access.and_then(|access| {
        let hint = hinted_subject(hub, parameters, &client)?;
        let rules = ClientRules {
            scopes: scope_rules(&client, access.as_ref()),
            audience: access.as_ref().map(|access| access.api.identifier.as_str()),
            ..rules
        };
        authorization_request::check(parameters, rules, &to, LIMITS, hint)
    });
    let checked = checked.map(|request| without_useless_offline_access(request, &client));
    match checked {
        Ok(request) => continue_login(hub, Login::begin(request, now, &hub.random), browser).await,
        Err(error) => {
            let mut entry = record::failure(hub, browser, LogType::LoginFailed, now, error.to_string());
            entry.client_id = Some(client.client_id.clone());
            entry.client_name = Some(client.settings.name.clone());
            hub.journal.note(entry);
            let response = error_answer(hub, &client, &to, &error, now)?;
            Ok(Outcome { view: View::Answer(response), cookies: CookieChanges::default() })
        }
    }
}

/// `offline_access` means a refresh token: without the grant type it is not granted (OpenID Connect Core §11).
fn without_useless_offline_access(
    mut request: AuthorizationRequest,
    client: &Client,
) -> AuthorizationRequest {
    if !client.allows_grant(GrantType::RefreshToken) {
        request.scope = scope::without(&request.scope, scope::OFFLINE_ACCESS);
    }
    request
}

fn rules_of(client: &Client) -> ClientRules<'_> {
    ClientRules {
        client_id: &client.client_id,
        redirect_uris: &client.settings.callbacks,
        response_types: &client.settings.response_types,
        must_use_pkce: client.is_public(),
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
