//! Applications register themselves, and look after their registration (RFC 7591, RFC 7592, OpenID Connect Dynamic
//! Client Registration 1.0).

mod holder;
mod manage_registration;
mod register_client;

pub use manage_registration::{read_registration, remove_registration, replace_registration};
pub use register_client::{Registration, register_client};

use crate::domain::problem::Problem;
use crate::flows::guesses::TooManyGuesses;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::store::StoreError;

/// Why nothing was registered, read or changed.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// Nobody may register applications here.
    #[error("applications cannot register themselves here")]
    Off,
    /// No token, a wrong one, or one that is used up (RFC 6750 §3.1).
    #[error("{0}")]
    NotAuthorized(OAuthError),
    #[error("{0}")]
    Refused(OAuthError),
    /// Too many tokens were wrong: this one was not looked at.
    #[error(transparent)]
    TooMany(#[from] TooManyGuesses),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RegistrationError {
    fn not_authorized(description: &'static str) -> Self {
        Self::NotAuthorized(OAuthError::new(ErrorCode::InvalidToken, description))
    }

    /// All problems in one sentence; one with a redirect URI decides the code (RFC 7591 §3.2.2).
    fn invalid(problems: &[Problem]) -> Self {
        let is_redirect =
            |problem: &Problem| problem.path == "redirect_uris" || problem.path.starts_with("redirect_uris.");
        let code = match problems.iter().any(is_redirect) {
            true => ErrorCode::InvalidRedirectUri,
            false => ErrorCode::InvalidClientMetadata,
        };
        let told: Vec<String> =
            problems.iter().map(|problem| format!("{} {}", problem.path, problem.message)).collect();
        Self::Refused(OAuthError::new(code, told.join("; ")))
    }
}
