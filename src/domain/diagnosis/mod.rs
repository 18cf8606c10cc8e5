//! What is right and wrong with a provider, as a connection needs it: named checks over what its endpoints sent.
//!
//! [`Evidence`] is gathered by `upstream`; everything here is a function of it, of the connection's options and of the
//! time.

mod authorization;
mod client;
mod clock;
mod contradictions;
mod document;
mod endpoints;
mod evidence;
mod expiry;
mod finding;
mod keys;
mod metadata;
mod mix_up;
mod status;
#[cfg(test)]
mod tests;
mod tls;

use serde_json::{Value, json};

pub use contradictions::{are_worth_asking, contradictions};
pub use endpoints::{Endpoint, Located, MetadataSource};
pub use evidence::{Asked, AuthorizationAnswer, Certificate, Compared, Evidence, TokenAnswer, Trouble};
pub use expiry::{Expiring, Expiry};
pub use finding::{Finding, Outcome};
pub use status::{Status, change_in_words};

use super::clock::Timestamp;
use super::connection::OidcOptions;

/// Whether people can sign in through a connection, as far as one can tell from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Every check passed.
    Ready,
    /// People can sign in, and something is not as it should be.
    Degraded,
    /// A check failed without which nobody signs in.
    Broken,
    /// Nothing could be checked.
    Unknown,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Ready, Self::Degraded, Self::Broken, Self::Unknown];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Degraded => "degraded",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    fn of(findings: &[Finding]) -> Self {
        let has = |outcome| findings.iter().any(|finding| finding.outcome == outcome);
        if has(Outcome::Failed) {
            Self::Broken
        } else if has(Outcome::Warning) {
            Self::Degraded
        } else if has(Outcome::Ok) {
            Self::Ready
        } else {
            Self::Unknown
        }
    }
}

/// The outcome of every check.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    pub checked_at: Timestamp,
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// Every check of a connection with `options`.
    pub fn of(options: &OidcOptions, evidence: &Evidence) -> Self {
        let located = Located::of(options, evidence.document());
        let mut findings = Vec::new();
        findings.push(document::discovery(evidence));
        findings.push(document::issuer(options, evidence));
        findings.push(metadata::drift(evidence));
        findings.extend(endpoints::findings(&located, evidence));
        findings.push(tls::finding(evidence));
        findings.push(keys::findings(evidence));
        findings.push(keys::algorithms(options, evidence));
        findings.push(document::response_type(options, evidence));
        findings.push(document::response_mode(options, evidence));
        findings.push(document::pkce(options, evidence));
        findings.push(authorization::redirect_uri(evidence));
        findings.push(authorization::request(evidence));
        findings.push(mix_up::finding(options, evidence));
        findings.push(client::authentication_method(options, evidence));
        findings.push(client::credentials(options, evidence));
        findings.push(clock::secret_expiry(options, evidence));
        findings.push(clock::clock(evidence));
        Self { checked_at: evidence.now, findings }
    }

    /// Of a connection without a provider to ask.
    pub fn without_provider(now: Timestamp) -> Self {
        let why = "classic accounts live in this hub: there is no provider to ask";
        Self { checked_at: now, findings: vec![Finding::skipped(finding::DISCOVERY, why)] }
    }

    pub fn state(&self) -> State {
        State::of(&self.findings)
    }

    /// As the Management API tells it.
    pub fn json(&self) -> Value {
        json!({
            "state": self.state().name(),
            "checked_at": self.checked_at.iso8601(),
            "checks": self.findings.iter().map(Finding::json).collect::<Vec<_>>(),
        })
    }
}
