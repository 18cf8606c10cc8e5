//! What a client gets at the token endpoint, and what its tokens open.

mod access_token;
mod authenticate_client;
mod authorize_device;
mod bind_key;
mod client_credentials;
mod exchange_token;
mod introspect;
mod people_behind;
mod read_userinfo;
mod redeem_code;
mod redeem_device_code;
mod refresh;
mod refresh_family;
mod revoke;
mod sign_tokens;
mod standing;
mod token_endpoint;
mod verify_assertion;

pub use access_token::{guess_a_token, is_revoked};
pub(in crate::flows) use authenticate_client::guess as guess_at_client;
pub use authenticate_client::{AuthenticatedEndpoint, authenticate_client};
pub use authorize_device::authorize_device;
pub use bind_key::held_key;
pub use introspect::{Introspection, introspect};
pub use people_behind::RememberedPeople;
pub use read_userinfo::{PresentedToken, Scheme, UserInfo, read_userinfo};
pub use revoke::revoke;
pub use sign_tokens::{Channel, IdTokenHashes, SignedAccessToken, sign_access_token, sign_id_token};
pub use standing::{Found, Standing, find_standing};
pub use token_endpoint::{TokenResponse, exchange};

use crate::crypto::signing::SigningError;
use crate::flows::guesses::TooManyGuesses;
use crate::protocol::error::OAuthError;
use crate::store::StoreError;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The client's own fault; the answer says which.
    #[error("{0}")]
    Refused(OAuthError),
    /// As [`TokenError::Refused`], and in the log already, or not worth an entry.
    #[error("{0}")]
    Logged(OAuthError),
    /// Too much was guessed: this was not looked at.
    #[error(transparent)]
    TooMany(#[from] TooManyGuesses),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Signing(#[from] SigningError),
}

impl From<OAuthError> for TokenError {
    fn from(error: OAuthError) -> Self {
        Self::Refused(error)
    }
}
