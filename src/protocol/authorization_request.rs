//! An authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1): read once, then immutable.
//!
//! Holding an [`AuthorizationRequest`] is the proof that client and redirect URI belong together.

use serde::{Deserialize, Serialize};

use super::authorization_response::ReturnAddress;
use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use super::prompt::Prompt;
use super::response_mode::ResponseMode;
use super::{pkce, redirect_uri, scope};

/// What the checks need to know of the client.
#[derive(Clone, Copy, Debug)]
pub struct ClientRules<'a> {
    pub client_id: &'a str,
    pub redirect_uris: &'a [String],
    pub allows_code: bool,
    pub must_use_pkce: bool,
}

/// Sizes, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct RequestLimits {
    pub parameter: usize,
    pub request: usize,
}

/// A validated request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    pub client_id: String,
    pub redirect_uri: String,
    pub response_mode: ResponseMode,
    /// Space separated.
    pub scope: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<String>,
    pub prompt: Prompt,
    /// Seconds since the person last authenticated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_hint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ui_locales: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr_values: Option<String>,
    /// The `sub` of a verified `id_token_hint`: nobody else may sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_user: Option<String>,
}

/// Why a request must not be answered by redirect: nobody proved where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReturnAddress {
    RedirectUriMissing,
    RedirectUriNotRegistered,
}

/// Proves the redirect URI of a request against what the client registered.
///
/// # Errors
/// [`NoReturnAddress`]; the caller shows a page and never redirects.
pub fn return_address(
    parameters: &Parameters,
    client: ClientRules<'_>,
) -> Result<ReturnAddress, NoReturnAddress> {
    let asked = parameters.single("redirect_uri").ok_or(NoReturnAddress::RedirectUriMissing)?;
    if !redirect_uri::is_registered(asked, client.redirect_uris) {
        return Err(NoReturnAddress::RedirectUriNotRegistered);
    }
    let mode = parameters.single("response_mode").and_then(ResponseMode::from_name).unwrap_or_default();
    Ok(ReturnAddress { redirect_uri: asked.to_owned(), mode, state: parameters.owned("state") })
}

/// Checks the rest of a request whose return address is proven.
///
/// `verified_hint` is the `sub` of an `id_token_hint` whose signature the caller verified.
///
/// # Errors
/// The specification's error, which may travel to the return address.
pub fn check(
    parameters: &Parameters,
    client: ClientRules<'_>,
    to: &ReturnAddress,
    limits: RequestLimits,
    verified_hint: Option<String>,
) -> Result<AuthorizationRequest, OAuthError> {
    parameters.check(limits.parameter, limits.request)?;
    refuse_what_is_not_supported(parameters)?;
    check_response_type(parameters, client)?;
    if let Some(mode) = parameters.single("response_mode")
        && ResponseMode::from_name(mode).is_none()
    {
        return Err(invalid("response_mode must be query or form_post"));
    }
    Ok(AuthorizationRequest {
        client_id: client.client_id.to_owned(),
        redirect_uri: to.redirect_uri.clone(),
        response_mode: to.mode,
        scope: scope::read(parameters.single("scope").unwrap_or_default())?,
        state: to.state.clone(),
        nonce: parameters.owned("nonce"),
        code_challenge: pkce::read_challenge(
            parameters.single("code_challenge"),
            parameters.single("code_challenge_method"),
            client.must_use_pkce,
        )?,
        prompt: Prompt::read(parameters.single("prompt"))?,
        max_age: read_max_age(parameters.single("max_age"))?,
        login_hint: parameters.owned("login_hint"),
        domain_hint: parameters.owned("domain_hint"),
        connection: parameters.owned("connection"),
        ui_locales: parameters.owned("ui_locales"),
        acr_values: parameters.owned("acr_values"),
        expected_user: verified_hint,
    })
}

fn refuse_what_is_not_supported(parameters: &Parameters) -> Result<(), OAuthError> {
    for (name, code) in [
        ("request", ErrorCode::RequestNotSupported),
        ("request_uri", ErrorCode::RequestUriNotSupported),
        ("registration", ErrorCode::RegistrationNotSupported),
    ] {
        if parameters.single(name).is_some() {
            return Err(OAuthError::new(code, format!("the parameter {name} is not supported")));
        }
    }
    if parameters.single("audience").is_some() {
        return Err(OAuthError::new(
            ErrorCode::InvalidTarget,
            "no API with this audience is open to people's tokens; leave audience out",
        ));
    }
    Ok(())
}

fn check_response_type(parameters: &Parameters, client: ClientRules<'_>) -> Result<(), OAuthError> {
    match parameters.single("response_type") {
        None => Err(invalid("response_type is missing; send response_type=code")),
        Some("code") if client.allows_code => Ok(()),
        Some("code") => Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "this application may not use the grant authorization_code",
        )),
        Some(_) => Err(OAuthError::new(ErrorCode::UnsupportedResponseType, "response_type must be code")),
    }
}

fn read_max_age(text: Option<&str>) -> Result<Option<i64>, OAuthError> {
    text.map(|text| {
        text.parse::<u32>().map(i64::from).map_err(|_| invalid("max_age must be a number of seconds"))
    })
    .transpose()
}

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: RequestLimits = RequestLimits { parameter: 100, request: 1_000 };

    fn read(query: &str, must_use_pkce: bool) -> Result<AuthorizationRequest, OAuthError> {
        let redirect_uris = ["https://app.example/cb".to_owned()];
        let client =
            ClientRules { client_id: "app", redirect_uris: &redirect_uris, allows_code: true, must_use_pkce };
        let parameters = Parameters::decode(query);
        let to = return_address(&parameters, client).expect("a proven return address");
        check(&parameters, client, &to, LIMITS, None)
    }

    const BASE: &str = "redirect_uri=https://app.example/cb&response_type=code";

    #[test]
    fn a_plain_request_is_read() {
        let request = read(&format!("{BASE}&scope=openid+email&state=s&nonce=n&max_age=0&unknown=1"), false);
        let request = request.unwrap();
        assert_eq!(request.scope, "openid email");
        assert_eq!(request.max_age, Some(0));
        assert_eq!(request.state.as_deref(), Some("s"));
    }

    #[test]
    fn each_fault_has_its_code() {
        for (extra, code) in [
            ("&state=1&state=2", "invalid_request"),
            ("&scope=a%22b", "invalid_scope"),
            ("&max_age=-1", "invalid_request"),
            ("&max_age=1e3", "invalid_request"),
            ("&prompt=none+login", "invalid_request"),
            ("&response_mode=fragment", "invalid_request"),
            ("&request=eyJ", "request_not_supported"),
            ("&request_uri=https://x", "request_uri_not_supported"),
            ("&registration=x", "registration_not_supported"),
            ("&audience=https://api", "invalid_target"),
            ("&code_challenge=x", "invalid_request"),
        ] {
            assert_eq!(read(&format!("{BASE}{extra}"), false).unwrap_err().code.name(), code, "{extra}");
        }
        assert!(read(BASE, true).is_err(), "a public client without PKCE");
        let without_type = "redirect_uri=https://app.example/cb";
        assert_eq!(read(without_type, false).unwrap_err().code, ErrorCode::InvalidRequest);
        let other_type = format!("{without_type}&response_type=token");
        assert_eq!(read(&other_type, false).unwrap_err().code, ErrorCode::UnsupportedResponseType);
    }

    #[test]
    fn an_unproven_redirect_uri_gives_no_return_address() {
        let redirect_uris = ["https://app.example/cb".to_owned()];
        let client = ClientRules {
            client_id: "app",
            redirect_uris: &redirect_uris,
            allows_code: true,
            must_use_pkce: false,
        };
        for (query, expected) in [
            ("", NoReturnAddress::RedirectUriMissing),
            ("redirect_uri=https://evil.example/", NoReturnAddress::RedirectUriNotRegistered),
            (
                "redirect_uri=https://app.example/cb&redirect_uri=https://app.example/cb",
                NoReturnAddress::RedirectUriMissing,
            ),
        ] {
            assert_eq!(return_address(&Parameters::decode(query), client).unwrap_err(), expected);
        }
    }
}
