//! A token request as a value (RFC 6749 §4.1.3, §4.4.2, §6).

use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use super::target::requested_audience;

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
            _ => Err(OAuthError::new(
                ErrorCode::UnsupportedGrantType,
                "grant_type must be authorization_code, refresh_token or client_credentials",
            )),
        }
    }
}
