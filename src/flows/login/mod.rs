//! A person signs in: from an application's request to its answer.
//!
//! Steps never call each other: each records its fact in the [`Login`] and returns to [`continue_login`],
//! which asks [`next_step`](crate::domain::next_step::next_step()) and acts.

mod activate_device;
mod answer;
mod begin;
mod browser;
mod check_request;
mod choose_connection;
mod confirm_account;
mod consent;
mod continue_login;
mod device_request;
mod find_realm;
mod find_step;
mod give_consent;
mod identify_user;
mod issue_answer;
mod known_browser;
mod open_session;
mod organization_code;
mod password_gate;
mod push_request;
mod pushed_request;
mod read_request_object;
mod record;
mod refuse;
mod remembered_choice;
mod resolve_request;
mod return_from_provider;
mod send_to_provider;
mod sign_in;
mod sign_in_with_password;
mod switch_person;

pub use activate_device::{NotActivated, activate_device};
pub use begin::begin;
pub(in crate::flows) use browser::keep;
pub use browser::{
    Browser, ButtonSearch, ChoiceChange, ConnectionChoice, ConsentScreen, CookieChanges, Outcome, Screen,
    ScreenError, ScreenKind, SealedLogin, Shown, View,
};
pub use choose_connection::{
    choose_named_connection, identify_by_email, identify_by_organization, start_over,
};
pub use confirm_account::{AccountChoice, confirm_account};
pub(in crate::flows) use continue_login::find_signed_in;
pub use continue_login::show;
pub use device_request::device_request;
pub use find_realm::{Candidate, Clues, Considered, Dropped, Rule, Verdict, find_realm};
pub use give_consent::{ConsentChoice, give_consent};
pub(in crate::flows) use identify_user::was_another;
pub use password_gate::PasswordGate;
pub use push_request::{PushError, PushedRequest, push_request};
pub use return_from_provider::return_from_provider;
pub use sign_in_with_password::sign_in_with_password;
pub use switch_person::{SwitchChoice, switch_person};

use crate::domain::login::{NotTaken, Unexpected};
use crate::flows::guesses::TooManyGuesses;
use crate::protocol::authorization_request::NoReturnAddress;
use crate::protocol::error::OAuthError;
use crate::store::StoreError;

/// Why there is nothing to answer to: a page is shown, never a redirect.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("client_id is missing or unknown")]
    UnknownClient,
    #[error("redirect_uri: {0:?}")]
    NoReturnAddress(NoReturnAddress),
    /// A request object or pushed request that does not say where to answer.
    #[error("{0}")]
    Request(OAuthError),
    /// No cookie of this login in this browser, or one that no longer opens.
    #[error("this browser has no such login in progress")]
    NoSuchLogin,
    /// A login of this browser that took too long; `again` is where its application begins one.
    #[error("this login took longer than {} minutes", crate::domain::limits::LOGIN_LIFETIME_SECONDS / 60)]
    Expired { again: Option<String> },
    #[error("the answer belongs to a login of another browser, or to an earlier attempt")]
    WrongState,
    /// The provider's answer came to a redirect URI that this login did not give.
    #[error("{0}")]
    WrongCallback(Unexpected),
    #[error("this login has already been used")]
    AlreadyUsed,
    #[error("the answer carries no usable state")]
    NoState,
    /// In a frame nobody can be asked anything: only a silent request is answered there.
    #[error("a page of another site loaded this address in a frame, and the request is not silent")]
    InFrame,
    #[error("the authorization request is too large to be kept, and there is no room to park it")]
    NoRoom,
    #[error(transparent)]
    TooMany(#[from] TooManyGuesses),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Internal(&'static str),
}

impl From<Unexpected> for LoginError {
    fn from(unexpected: Unexpected) -> Self {
        match unexpected {
            Unexpected::State => Self::WrongState,
            Unexpected::Callback { .. } => Self::WrongCallback(unexpected),
        }
    }
}

impl From<NotTaken> for LoginError {
    fn from(reason: NotTaken) -> Self {
        match reason {
            NotTaken::WrongStep(_) => Self::AlreadyUsed,
            // Whoever asks the person for a connection has asked the policy before.
            NotTaken::Refused(_) => Self::Internal("a connection was taken that may not serve this login"),
        }
    }
}
