//! A test login: somebody goes to a connection's provider and comes back, to see whether it works. Nobody is signed in
//! by it, and nothing but its report is kept.
//!
//! Who holds its link may begin it once; then it belongs to the browser that did.

mod json;
mod redact;
mod report;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::clock::Timestamp;
use super::fields::Fields;
use super::limits;
use super::login::AtProvider;
use super::problem::Problem;

pub use json::{Told, test_login_json};
pub use redact::Redaction;
pub use report::{Carried, Failure, ProviderError, Step, TestReport};

#[derive(Clone, Debug, PartialEq)]
pub struct TestLogin {
    /// `tst_` and 16 letters or digits.
    pub id: String,
    pub connection_id: String,
    /// SHA-256 of the link's token in base64url.
    pub token_hash: String,
    pub made_by: Maker,
    pub created_at: Timestamp,
    /// Until when the link begins it.
    pub good_until: Timestamp,
    pub begun: Option<Begun>,
    pub finished_at: Option<Timestamp>,
    /// When its row goes.
    pub expires_at: Timestamp,
}

/// Whose it is from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    pub at: Timestamp,
    /// SHA-256, in base64url, of what the browser holds.
    pub holder_hash: String,
}

/// Who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Maker {
    /// An application, by its `client_id`.
    Client(String),
    /// Whoever holds this set-up ticket.
    SetupTicket(String),
    /// An administrator who was signed in, by their `user_id`.
    Administrator(String),
}

impl Maker {
    pub fn to_text(&self) -> String {
        match self {
            Self::Client(id) => format!("client:{id}"),
            Self::SetupTicket(id) => format!("setup_ticket:{id}"),
            Self::Administrator(id) => format!("user:{id}"),
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("client", id) => Some(Self::Client(id.to_owned())),
            ("setup_ticket", id) => Some(Self::SetupTicket(id.to_owned())),
            ("user", id) => Some(Self::Administrator(id.to_owned())),
            _ => None,
        }
    }
}

/// How far a test has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TestStatus {
    /// Nobody has begun it.
    Open,
    /// The person is at the provider, or on the way.
    AtProvider,
    /// The person did not come back.
    Abandoned,
    Passed,
    Failed,
}

impl TestLogin {
    /// Whether the link can begin it.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.begun.is_none() && now < self.good_until
    }

    /// How far it has come, by its `report`.
    pub fn status(&self, report: &TestReport, now: Timestamp) -> TestStatus {
        match (&self.begun, self.finished_at) {
            (None, _) => TestStatus::Open,
            (Some(_), Some(_)) if report.failure.is_some() => TestStatus::Failed,
            (Some(_), Some(_)) => TestStatus::Passed,
            (Some(begun), None) if now < trip_ends_at(begun.at) => TestStatus::AtProvider,
            (Some(_), None) => TestStatus::Abandoned,
        }
    }
}

/// Until when whoever left for the provider may come back: as long as from any login.
fn trip_ends_at(began_at: Timestamp) -> Timestamp {
    began_at.plus_seconds(limits::LOGIN_LIFETIME_SECONDS)
}

/// A test under way, sealed in the browser that began it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestTrip {
    /// As the id of a login: the first half of `state`.
    pub id: String,
    pub test_id: String,
    pub began_at: Timestamp,
    pub ui_locales: Option<String>,
    pub at_provider: AtProvider,
}

impl TestTrip {
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= trip_ends_at(self.began_at)
    }
}

/// For how many seconds a new link is good, as an administrator says.
///
/// # Errors
/// All problems of the body.
pub fn read_link_lifetime(body: &Map<String, Value>) -> Result<i64, Vec<Problem>> {
    let mut fields = Fields::new(body, "");
    let range = limits::TOKEN_LIFETIME_MIN_SECONDS..=limits::TEST_LINK_LIFETIME_MAX_SECONDS;
    let lifetime = fields.integer("ttl_sec", range).unwrap_or(limits::TEST_LINK_LIFETIME_SECONDS);
    let mut problems = Vec::new();
    fields.finish(&mut problems);
    if problems.is_empty() { Ok(lifetime) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_maker_is_read_as_it_was_written() {
        let user = Maker::Administrator("local|1".into());
        for maker in [Maker::Client("a:b".into()), Maker::SetupTicket("tic_1".into()), user] {
            assert_eq!(Maker::from_text(&maker.to_text()), Some(maker));
        }
        assert_eq!(Maker::from_text("nobody"), None);
    }

    #[test]
    fn where_a_test_stands_follows_from_what_happened() {
        let at = Timestamp::from_seconds;
        let open = TestLogin {
            id: "tst_1".into(),
            connection_id: "con_1".into(),
            token_hash: String::new(),
            made_by: Maker::Client("app".into()),
            created_at: at(0),
            good_until: at(100),
            begun: None,
            finished_at: None,
            expires_at: at(100),
        };
        let begun =
            TestLogin { begun: Some(Begun { at: at(50), holder_hash: String::new() }), ..open.clone() };
        let finished = TestLogin { finished_at: Some(at(60)), ..begun.clone() };
        let good = TestReport::default();
        let bad = TestReport { failure: Some(Failure::default()), ..TestReport::default() };
        assert_eq!(open.status(&good, at(10)), TestStatus::Open);
        assert_eq!(begun.status(&good, at(51)), TestStatus::AtProvider);
        assert_eq!(begun.status(&good, at(50 + limits::LOGIN_LIFETIME_SECONDS)), TestStatus::Abandoned);
        assert_eq!(finished.status(&good, at(61)), TestStatus::Passed);
        assert_eq!(finished.status(&bad, at(61)), TestStatus::Failed);
        assert!(open.is_open(at(99)) && !open.is_open(at(100)) && !begun.is_open(at(51)));
    }
}
