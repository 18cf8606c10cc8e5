//! A protocol error: its code, a text that is safe for clients, and whether it may travel by redirect.

use std::fmt;

use super::said::Said;

/// What an error says of itself.
pub const DESCRIPTION_BYTES: usize = 1_000;

/// Error codes of the specifications, with the one place that spells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    // RFC 6749 §4.1.2.1 and §5.2
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    InvalidScope,
    AccessDenied,
    ServerError,
    TemporarilyUnavailable,
    // RFC 8707 §2
    InvalidTarget,
    // OpenID Connect Core §3.1.2.6
    LoginRequired,
    InteractionRequired,
    AccountSelectionRequired,
    ConsentRequired,
    RequestNotSupported,
    RequestUriNotSupported,
    RegistrationNotSupported,
    InvalidRequestUri,
    InvalidRequestObject,
    // OpenID Connect Unmet Authentication Requirements 1.0 §2
    UnmetAuthenticationRequirements,
    // RFC 9396 §5
    InvalidAuthorizationDetails,
    // RFC 7591 §3.2.2
    InvalidRedirectUri,
    InvalidClientMetadata,
    // RFC 6750 §3.1
    InvalidToken,
    // RFC 8628 §3.5
    AuthorizationPending,
    SlowDown,
    ExpiredToken,
    // RFC 9449 §5, §8
    InvalidDpopProof,
    UseDpopNonce,
    InsufficientScope,
}

impl ErrorCode {
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidTarget => "invalid_target",
            Self::LoginRequired => "login_required",
            Self::InteractionRequired => "interaction_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::ConsentRequired => "consent_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::InvalidAuthorizationDetails => "invalid_authorization_details",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidToken => "invalid_token",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InsufficientScope => "insufficient_scope",
        }
    }
}

/// An error for the application, in words that are safe to hand out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthError {
    pub code: ErrorCode,
    /// What is wrong and what to do; no secret, no internals, and of the sender's own words no more than this.
    pub description: Said<DESCRIPTION_BYTES>,
    /// Why, in words for the log alone.
    reason: Option<Box<Said<DESCRIPTION_BYTES>>>,
}

impl OAuthError {
    pub fn new(code: ErrorCode, description: impl Into<String>) -> Self {
        Self { code, description: Said::new(description), reason: None }
    }

    /// The same error, with what the log may say and the answer may not.
    pub fn because(self, reason: impl fmt::Display) -> Self {
        Self { reason: Some(Box::new(Said::new(reason.to_string()))), ..self }
    }

    /// The description reduced to the characters RFC 6749 §5.2 allows in `error_description`.
    pub fn safe_description(&self) -> String {
        let mut safe = String::with_capacity(self.description.len());
        for character in self.description.chars() {
            match character {
                '"' => safe.push('\''),
                '\\' => safe.push('/'),
                ' '..='~' => safe.push(character),
                '…' => safe.push_str("..."),
                _ => safe.push('?'),
            }
        }
        safe
    }
}

/// For the log.
impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.description)?;
        match &self.reason {
            Some(reason) => write!(f, " ({reason})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for OAuthError {}
