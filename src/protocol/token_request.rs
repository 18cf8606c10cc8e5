//! A token request as a value (RFC 6749 §4.1.3, §4.4.2, §6; RFC 8693 §2.1).

use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use super::target::requested_audience;

/// `token-exchange` as a grant type (RFC 8693 §2.1).
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// An access token as a token type (RFC 8693 §3): the only one that is exchanged here.
pub const ACCESS_TOKEN_TYPE_URI: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A token to be exchanged, and what for (RFC 8693 §2.1).
#[derive(Clone, PartialEq, Eq)]
pub struct SubjectToken {
    pub token: String,
    pub audience: Option<String>,
    pub scope: Option<String>,
}

/// The grant type of devices (RFC 8628 §3.4).
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What is asked of the token endpoint, by grant type.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenRequest {
    AuthorizationCode {
        code: String,
        redirect_uri: Option<String>,
        code_verifier: Option<String>,
        audience: Option<String>,
    },
    RefreshToken {
        token: String,
        audience: Option<String>,
        scope: Option<String>,
    },
    ClientCredentials {
        audience: Option<String>,
        scope: Option<String>,
    },
    TokenExchange(SubjectToken),
    /// RFC 8628 §3.4.
    DeviceCode {
        device_code: String,
    },
}

impl TokenRequest {
    /// Reads the body of a token request whose parameters are already known to be single.
    ///
    /// # Errors
    /// `invalid_request` for a missing parameter, `unsupported_grant_type` for a grant we do not have,
    /// `invalid_target` for several APIs.
    pub fn read(body: &Parameters) -> Result<Self, OAuthError> {
        let missing = |name: &str| OAuthError::new(ErrorCode::InvalidRequest, format!("{name} is missing"));
        match body.single("grant_type").ok_or_else(|| missing("grant_type"))? {
            "authorization_code" => Ok(Self::AuthorizationCode {
                code: body.owned("code").ok_or_else(|| missing("code"))?,
                redirect_uri: body.owned("redirect_uri"),
                code_verifier: body.owned("code_verifier"),
                audience: requested_audience(body)?.map(str::to_owned),
            }),
            "refresh_token" => Ok(Self::RefreshToken {
                token: body.owned("refresh_token").ok_or_else(|| missing("refresh_token"))?,
                audience: requested_audience(body)?.map(str::to_owned),
                scope: body.owned("scope"),
            }),
            "client_credentials" => {
                let audience = requested_audience(body)?.map(str::to_owned);
                Ok(Self::ClientCredentials { audience, scope: body.owned("scope") })
            }
            TOKEN_EXCHANGE => read_exchange(body).map(Self::TokenExchange),
            DEVICE_CODE => Ok(Self::DeviceCode {
                device_code: body.owned("device_code").ok_or_else(|| missing("device_code"))?,
            }),
            _ => Err(OAuthError::new(
                ErrorCode::UnsupportedGrantType,
                "grant_type is none that the discovery document lists",
            )),
        }
    }
}

fn read_exchange(body: &Parameters) -> Result<SubjectToken, OAuthError> {
    let invalid = |text: String| OAuthError::new(ErrorCode::InvalidRequest, text);
    let missing = |name: &str| invalid(format!("{name} is missing"));
    let subject_type = body.single("subject_token_type").ok_or_else(|| missing("subject_token_type"))?;
    let wanted_type = body.single("requested_token_type").unwrap_or(ACCESS_TOKEN_TYPE_URI);
    for (name, value) in [("subject_token_type", subject_type), ("requested_token_type", wanted_type)] {
        if value != ACCESS_TOKEN_TYPE_URI {
            return Err(invalid(format!("{name} must be {ACCESS_TOKEN_TYPE_URI}")));
        }
    }
    if body.single("actor_token").is_some() || body.single("actor_token_type").is_some() {
        return Err(invalid("actor_token is not supported: the application itself is the actor".into()));
    }
    Ok(SubjectToken {
        token: body.owned("subject_token").ok_or_else(|| missing("subject_token"))?,
        audience: requested_audience(body)?.map(str::to_owned),
        scope: body.owned("scope"),
    })
}
