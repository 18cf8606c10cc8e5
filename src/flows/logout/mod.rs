//! Sessions end: by the person, by an application, by the provider, by an administrator; and everybody concerned learns
//! of it.

mod at_provider;
mod courier;
mod end_sessions;
mod leave;
mod obey_provider;
mod sign_out;
mod sign_out_directly;

pub use at_provider::come_back_from_provider;
pub use courier::{Courier, deliver_notice, take_due_notices};
pub(crate) use end_sessions::{
    end_replaced_session, end_sessions, end_sessions_of_connection, end_sessions_of_user,
};
pub use obey_provider::{FrontChannelRequest, NotObeyed, obey_logout_token, obey_provider_in_browser};
pub use sign_out::sign_out;
pub use sign_out_directly::sign_out_directly;

use crate::domain::secret::Secret;
use crate::protocol::error::DESCRIPTION_BYTES;
use crate::protocol::said::Said;
use crate::store::StoreError;

/// What happens next.
#[derive(Debug)]
pub enum LogoutStep {
    /// Nothing proves that the person asked: ask them.
    Confirm { client_id: Option<String>, client_name: Option<String>, person: Option<String> },
    /// Signed out, or nobody was signed in.
    SignedOut(SignedOut),
}

/// The end of a session of this browser.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SignedOut {
    /// Where the browser goes on: back to the application, or first to the provider.
    pub next: Option<String>,
    /// The application that asked.
    pub client_name: Option<String>,
    /// What the browser opens in frames before it goes on (OpenID Connect Front-Channel Logout 1.0).
    pub frames: Vec<String>,
    /// What the browser keeps while it is at the provider, to show that it was this one that left.
    pub trip_secret: Option<Secret>,
}

/// Why a request to sign out was not followed.
#[derive(Debug, thiserror::Error)]
pub enum LogoutError {
    #[error("{0}")]
    Invalid(Said<DESCRIPTION_BYTES>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LogoutError {
    fn invalid(words: impl Into<String>) -> Self {
        Self::Invalid(Said::new(words))
    }
}
