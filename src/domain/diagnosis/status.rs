//! The state of a connection as it is shown beside its settings, and a change of it in words.

use serde_json::{Value, json};

use super::finding::{Finding, Outcome};
use super::{Diagnosis, State};
use crate::domain::clock::Timestamp;
use crate::domain::limits;

/// What the last diagnosis of a connection came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    pub state: State,
    /// `None` before the first check.
    pub checked_at: Option<Timestamp>,
}

impl Status {
    /// Of a connection that nobody has checked.
    pub const UNKNOWN: Self = Self { state: State::Unknown, checked_at: None };

    /// As the Management API shows it with the connection.
    pub fn json(self) -> Value {
        json!({"state": self.state.name(), "checked_at": self.checked_at.map(Timestamp::iso8601)})
    }
}

impl Diagnosis {
    /// What is not as it should be, the worst first.
    pub fn wrong(&self) -> impl Iterator<Item = &Finding> {
        let of = |outcome| self.findings.iter().filter(move |finding| finding.outcome == outcome);
        of(Outcome::Failed).chain(of(Outcome::Warning))
    }
}

/// That a connection is in another state than before, and why, for an administrator to forward.
pub fn change_in_words(connection: &str, from: State, now: &Diagnosis) -> String {
    let mut words = format!("the connection {connection} was {} and is {}", from.name(), now.state().name());
    for finding in now.wrong().take(limits::FINDINGS_IN_WORDS) {
        let code = finding.code.as_deref().unwrap_or(&finding.check);
        let remedy = finding.remedy.as_deref().unwrap_or_default();
        words.push_str(&format!("; {code}: {} came. {remedy}", finding.came));
    }
    words
}
