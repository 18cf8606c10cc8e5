//! Somebody tries a connection: to its provider and back, by the code that logins use, and then a report in place of a
//! session. Nothing of it can be used at a login, nor the other way round: what the browser keeps is sealed for the one
//! or the other.

mod begin_test;
mod come_back;
mod conclude;
mod open_link;
mod show_report;
mod steps;
mod trip;

pub use begin_test::begin_test;
pub(in crate::flows) use begin_test::{make_room, new_test_id};
pub use come_back::{is_test, return_from_provider};
pub use open_link::{Link, Right, find_link};
pub use show_report::{ShownReport, show_report};

use super::guesses::TooManyGuesses;
use super::login::{Browser, CookieChanges};
use crate::domain::login::Unexpected;
use crate::domain::policy::Refusal;
use crate::domain::secret::Secret;
use crate::store::StoreError;

/// A browser that tests.
#[derive(Clone, Debug)]
pub struct Tester {
    pub browser: Browser,
    /// The tests that it began.
    pub held: Vec<HeldTest>,
    pub ui_locales: Option<String>,
}

/// What makes a test this browser's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldTest {
    pub test_id: String,
    /// Sorts by age.
    pub secret: Secret,
}

/// The end of a step.
#[derive(Clone, Debug)]
pub struct TestOutcome {
    pub view: TestView,
    pub cookies: CookieChanges,
    pub tests: HeldTestChanges,
}

/// What the answer changes among the tests that the browser holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldTestChanges {
    pub keep: Option<HeldTest>,
    /// Their ids.
    pub forget: Vec<String>,
}

/// What the browser sees next.
#[derive(Clone, Debug)]
pub enum TestView {
    /// To the provider.
    Depart(String),
    /// The report of the test `test_id`.
    Report { connection: String, test_id: String, ui_locales: Option<String> },
}

/// Why there is no next step.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    #[error("no test link or set-up ticket of this connection is good by that token")]
    LinkUnknown,
    #[error("the link was used in another browser")]
    LinkUsed,
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("who came by these pages has begun too many tests within the hour")]
    TooMany,
    #[error("this connection has too many tests that nobody has begun")]
    NoRoom,
    #[error("this browser has begun no such test")]
    NotYours,
    #[error("the answer belongs to a test of another browser, or to an earlier one")]
    WrongState,
    /// The provider's answer came to a redirect URI that this test did not give.
    #[error("{0}")]
    WrongCallback(Unexpected),
    #[error(transparent)]
    TooManyGuesses(#[from] TooManyGuesses),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Internal(&'static str),
}

impl From<Unexpected> for TestError {
    fn from(unexpected: Unexpected) -> Self {
        match unexpected {
            Unexpected::State => Self::WrongState,
            Unexpected::Callback { .. } => Self::WrongCallback(unexpected),
        }
    }
}
