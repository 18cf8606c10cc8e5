//! An authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1): read once, then immutable.
//!
//! Holding an [`AuthorizationRequest`] is the proof that client and redirect URI belong together.

use serde::{Deserialize, Serialize};

use super::authorization_details::AuthorizationDetails;
use super::authorization_response::ReturnAddress;
use super::claims_request::{ClaimsLimits, ClaimsRequest};
use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use super::prompt::Prompt;
use super::response_mode::ResponseMode;
use super::response_type::ResponseType;
use super::scope::ScopeRules;
use super::{pkce, redirect_uri, scope};

/// What the checks need to know of the client.
#[derive(Clone, Copy, Debug)]
pub struct ClientRules<'a> {
    pub client_id: &'a str,
    pub redirect_uris: &'a [String],
    /// What the application may be answered with; each has the grant types that belong to it.
    pub response_types: &'a [ResponseType],
    /// Whether a code needs a challenge.
    pub must_use_pkce: bool,
    /// Seconds; for a request without `max_age`.
    pub default_max_age: Option<i64>,
    /// For a request without `acr_values`.
    pub default_acr_values: &'a [String],
    pub scopes: ScopeRules<'a>,
    /// The API that the request names and the application may use.
    pub audience: Option<&'a str>,
}

/// Sizes, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct RequestLimits {
    pub parameter: usize,
    pub request: usize,
    pub claims: ClaimsLimits,
}

/// A validated request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    pub client_id: String,
    pub redirect_uri: String,
    pub response_type: ResponseType,
    pub response_mode: ResponseMode,
    /// Space separated.
    pub scope: String,
    /// The identifier of the API that the access token is for, beside UserInfo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// Thumbprint of the key that the code, and all it gives, is bound to (RFC 9449 §10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
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
    /// Further scopes to ask the provider for, space separated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// The code of the organization that the person belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ui_locales: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr_values: Option<String>,
    /// The `sub` of a verified `id_token_hint`, or of the `claims` parameter: nobody else may sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_subject: Option<String>,
    /// The `claims` parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<ClaimsRequest>,
    /// What is asked of the API in its own words (RFC 9396); the caller has made sure that it may be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<AuthorizationDetails>,
}

impl AuthorizationRequest {
    /// The authentication context classes one of which the sign-in must have; empty: any.
    pub fn essential_acr_values(&self) -> Vec<&str> {
        self.claims.as_ref().map(ClaimsRequest::essential_acr_values).unwrap_or_default()
    }

    /// What a provider is asked for as `acr_values`: what must be, or else what would be liked.
    pub fn wanted_acr_values(&self) -> Option<String> {
        let essential = self.essential_acr_values();
        if essential.is_empty() { self.acr_values.clone() } else { Some(essential.join(" ")) }
    }
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
    let mode = ResponseMode::for_answer(
        parameters.single("response_mode"),
        parameters.single("response_type"),
        asked,
    );
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
    let response_type = read_response_type(parameters.single("response_type"), client)?;
    let response_mode =
        ResponseMode::read(parameters.single("response_mode"), response_type, &to.redirect_uri)?;
    let scope = read_scope(parameters.single("scope"), response_type, client.scopes)?;
    let nonce = parameters.owned("nonce");
    if response_type.has_id_token() && nonce.is_none() {
        // OpenID Connect Core §3.2.2.1, §3.3.2.11: nothing else binds that ID token to the request.
        return Err(invalid("nonce is missing; an ID token from the authorization endpoint needs one"));
    }
    let claims = read_claims(parameters.single("claims"), limits.claims)?;
    let default_acr_values =
        || (!client.default_acr_values.is_empty()).then(|| client.default_acr_values.join(" "));
    let code_challenge = if response_type.has_code() {
        pkce::read_challenge(
            parameters.single("code_challenge"),
            parameters.single("code_challenge_method"),
            client.must_use_pkce,
        )?
    } else {
        None
    };
    Ok(AuthorizationRequest {
        client_id: client.client_id.to_owned(),
        redirect_uri: to.redirect_uri.clone(),
        response_type,
        response_mode,
        scope,
        audience: client.audience.map(str::to_owned),
        dpop_jkt: read_thumbprint(parameters.single("dpop_jkt"))?,
        state: to.state.clone(),
        nonce,
        code_challenge,
        prompt: Prompt::read(parameters.single("prompt"))?,
        max_age: read_max_age(parameters.single("max_age"))?.or(client.default_max_age),
        login_hint: parameters.owned("login_hint"),
        domain_hint: parameters.owned("domain_hint"),
        connection: parameters.owned("connection"),
        connection_scope: read_connection_scope(parameters.single("connection_scope"))?,
        display: parameters.owned("display"),
        organization: parameters.owned("organization"),
        ui_locales: parameters.owned("ui_locales"),
        acr_values: parameters.owned("acr_values").or_else(default_acr_values),
        expected_subject: expected_subject(verified_hint, claims.as_ref())?,
        claims,
        authorization_details: None,
    })
}

fn refuse_what_is_not_supported(parameters: &Parameters) -> Result<(), OAuthError> {
    if parameters.single("registration").is_some() {
        return Err(OAuthError::new(
            ErrorCode::RegistrationNotSupported,
            "the parameter registration is not supported",
        ));
    }
    Ok(())
}

fn read_response_type(text: Option<&str>, client: ClientRules<'_>) -> Result<ResponseType, OAuthError> {
    let text = text.ok_or_else(|| invalid("response_type is missing; send response_type=code"))?;
    let asked = ResponseType::from_name(text).ok_or_else(|| {
        let known = ResponseType::ALL.map(ResponseType::name).join(", ");
        OAuthError::new(ErrorCode::UnsupportedResponseType, format!("response_type must be one of: {known}"))
    })?;
    if client.response_types.contains(&asked) { Ok(asked) } else { Err(not_allowed(asked)) }
}

/// What an application hears that may not be answered with `response_type`.
pub fn not_allowed(response_type: ResponseType) -> OAuthError {
    OAuthError::new(
        ErrorCode::UnauthorizedClient,
        format!(
            "this application may not use response_type={response_type}: allow it in its response_types, with \
             the grant types that belong to it"
        ),
    )
}

/// The scope, as far as the answer can honour it.
fn read_scope(
    text: Option<&str>,
    response_type: ResponseType,
    rules: ScopeRules<'_>,
) -> Result<String, OAuthError> {
    let asked = scope::read(text.unwrap_or_default(), rules)?;
    if response_type.has_id_token() && !scope::contains(&asked, "openid") {
        return Err(invalid("an ID token is asked for by response_type, and scope lacks openid"));
    }
    if response_type.has_code() {
        return Ok(asked);
    }
    // OpenID Connect Core §11: without a code there is nothing to get a refresh token with.
    Ok(scope::without(&asked, scope::OFFLINE_ACCESS))
}

/// A request for no claim is no request.
fn read_claims(text: Option<&str>, limits: ClaimsLimits) -> Result<Option<ClaimsRequest>, OAuthError> {
    let read = text.map(|text| ClaimsRequest::read(text, limits)).transpose()?;
    Ok(read.filter(|claims| !claims.is_empty()))
}

/// Whom the request names, by its hint or by a value of the claim `sub` (OpenID Connect Core §5.5.1).
fn expected_subject(
    hint: Option<String>,
    claims: Option<&ClaimsRequest>,
) -> Result<Option<String>, OAuthError> {
    let mut expected = hint;
    for named in claims.into_iter().flat_map(ClaimsRequest::subjects) {
        let named = named.as_str().ok_or_else(|| invalid("a value of the claim sub must be a text"))?;
        if expected.as_ref().is_some_and(|expected| expected != named) {
            return Err(invalid("the request names several people: by id_token_hint, or by the claim sub"));
        }
        expected = Some(named.to_owned());
    }
    Ok(expected)
}

/// Scopes of the provider's, separated by commas or spaces.
fn read_connection_scope(text: Option<&str>) -> Result<Option<String>, OAuthError> {
    let scopes: Vec<&str> =
        text.unwrap_or_default().split([' ', ',']).filter(|scope| !scope.is_empty()).collect();
    if !scopes.iter().all(|scope| scope::is_scope_token(scope)) {
        return Err(invalid("connection_scope must be scopes, separated by commas"));
    }
    Ok((!scopes.is_empty()).then(|| scopes.join(" ")))
}

/// A SHA-256 thumbprint (RFC 7638) in base64url.
fn read_thumbprint(text: Option<&str>) -> Result<Option<String>, OAuthError> {
    let is_thumbprint = |text: &str| {
        text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    match text {
        None => Ok(None),
        Some(text) if is_thumbprint(text) => Ok(Some(text.to_owned())),
        Some(_) => Err(invalid("dpop_jkt must be the SHA-256 thumbprint of a key, in base64url")),
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

    const LIMITS: RequestLimits =
        RequestLimits { parameter: 100, request: 1_000, claims: ClaimsLimits { bytes: 90, claims: 3 } };

    fn rules(redirect_uris: &[String], must_use_pkce: bool) -> ClientRules<'_> {
        ClientRules {
            client_id: "app",
            redirect_uris,
            response_types: &[ResponseType::Code],
            must_use_pkce,
            default_max_age: None,
            default_acr_values: &[],
            scopes: ScopeRules::default(),
            audience: None,
        }
    }

    fn read(query: &str, must_use_pkce: bool) -> Result<AuthorizationRequest, OAuthError> {
        read_as(query, &[ResponseType::Code], must_use_pkce)
    }

    fn read_as(
        query: &str,
        response_types: &[ResponseType],
        must_use_pkce: bool,
    ) -> Result<AuthorizationRequest, OAuthError> {
        let redirect_uris = ["https://app.example/cb".to_owned()];
        let client = ClientRules { response_types, ..rules(&redirect_uris, must_use_pkce) };
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
            ("&dpop_jkt=short", "invalid_request"),
            ("&prompt=none+login", "invalid_request"),
            ("&response_mode=post", "invalid_request"),
            ("&claims=[]", "invalid_request"),
            ("&claims={%22id_token%22:{%22sub%22:{%22values%22:[%22a%22,%22b%22]}}}", "invalid_request"),
            ("&claims={%22id_token%22:{%22sub%22:{%22value%22:5}}}", "invalid_request"),
            ("&registration=x", "registration_not_supported"),
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
    fn a_response_type_is_used_only_where_it_is_allowed() {
        for asked in ResponseType::ALL {
            let query = format!(
                "redirect_uri=https://app.example/cb&scope=openid&nonce=n&response_type={}",
                asked.name().replace(' ', "+")
            );
            for allowed in ResponseType::ALL {
                match read_as(&query, &[allowed], false) {
                    Ok(request) => assert_eq!(request.response_type, allowed),
                    Err(error) => {
                        assert_ne!(asked, allowed);
                        assert_eq!(error.code, ErrorCode::UnauthorizedClient);
                    }
                }
            }
        }
    }

    #[test]
    fn an_id_token_in_the_front_channel_needs_a_nonce_and_openid_and_only_a_code_needs_a_challenge() {
        let all = ResponseType::ALL;
        let read = |response_type: ResponseType, rest: &str| {
            let name = response_type.name().replace(' ', "+");
            let query = format!("redirect_uri=https://app.example/cb&response_type={name}&{rest}");
            read_as(&query, &all, false)
        };
        for asked in all {
            assert_eq!(read(asked, "scope=openid").is_err(), asked.has_id_token(), "{asked}: no nonce");
            assert_eq!(
                read(asked, "nonce=n&scope=email").is_err(),
                asked.has_id_token(),
                "{asked}: no openid"
            );
            let request = read(asked, "nonce=n&scope=openid+offline_access").unwrap();
            assert!(request.scope.starts_with("openid"));
            assert!(asked.has_code() || request.scope == "openid", "{asked}: {}", request.scope);
            let public = read_as(
                &format!(
                    "redirect_uri=https://app.example/cb&scope=openid&nonce=n&response_type={}",
                    asked.name().replace(' ', "+")
                ),
                &all,
                true,
            );
            assert_eq!(public.is_err(), asked.has_code(), "{asked}: a public client without PKCE");
        }
    }

    #[test]
    fn what_the_application_always_wants_stands_in_for_what_a_request_leaves_out() {
        let redirect_uris = ["https://app.example/cb".to_owned()];
        let classes = ["gold".to_owned(), "silver".to_owned()];
        let client = ClientRules {
            default_max_age: Some(60),
            default_acr_values: &classes,
            ..rules(&redirect_uris, false)
        };
        let read = |extra: &str| {
            let parameters = Parameters::decode(&format!("{BASE}{extra}"));
            let to = return_address(&parameters, client).unwrap();
            check(&parameters, client, &to, LIMITS, None).unwrap()
        };
        let request = read("");
        assert_eq!((request.max_age, request.acr_values.as_deref()), (Some(60), Some("gold silver")));
        let request = read("&max_age=5&acr_values=bronze");
        assert_eq!((request.max_age, request.acr_values.as_deref()), (Some(5), Some("bronze")));
        let essential = "{%22id_token%22:{%22acr%22:{%22essential%22:true,%22value%22:%22gold%22}}}";
        let request = read(&format!("&acr_values=bronze&claims={essential}"));
        assert_eq!(request.wanted_acr_values().as_deref(), Some("gold"));
        assert_eq!(request.essential_acr_values(), ["gold"]);
    }

    #[test]
    fn an_unproven_redirect_uri_gives_no_return_address() {
        let redirect_uris = ["https://app.example/cb".to_owned()];
        let client = rules(&redirect_uris, false);
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
