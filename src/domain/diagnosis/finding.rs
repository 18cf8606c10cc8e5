//! One check and how it ended.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::provider_text::printable;

pub(super) const DISCOVERY: &str = "discovery";
pub(super) const ISSUER: &str = "issuer";
pub(super) const METADATA_DRIFT: &str = "metadata-drift";
pub(super) const KEYS: &str = "keys";
pub(super) const ALGORITHMS: &str = "signature-algorithms";
pub(super) const RESPONSE_TYPE: &str = "response-type";
pub(super) const RESPONSE_MODE: &str = "response-mode";
pub(super) const PKCE: &str = "pkce";
pub(super) const AUTHENTICATION_METHOD: &str = "client-authentication-method";
pub(super) const CREDENTIALS: &str = "client-credentials";
pub(super) const SECRET_EXPIRY: &str = "client-secret-expiry";
pub(super) const CLOCK: &str = "clock";
pub(super) const TLS: &str = "tls";
pub(super) const AUTHORIZATION_REQUEST: &str = "authorization-request";
pub(super) const REDIRECT_URI: &str = "redirect-uri";
pub(super) const MIX_UP: &str = "mix-up";

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Ok,
    /// People can sign in all the same.
    Warning,
    /// They cannot.
    Failed,
    /// It does not matter for this connection, or could not be made.
    Skipped,
}

impl Outcome {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One check: what was expected, what came, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable, for instance `issuer`.
    pub check: Cow<'static, str>,
    pub outcome: Outcome,
    /// Stable, for instance `issuer-mismatch`: which way it went wrong.
    pub code: Option<String>,
    pub expected: Option<String>,
    /// What came; of a skipped check, why it was not made.
    pub came: String,
    /// A sentence that can be forwarded to the provider's administrator.
    pub remedy: Option<String>,
}

/// What is wrong, in the words of a finding.
pub(super) struct Words {
    pub(super) expected: String,
    pub(super) came: String,
    pub(super) remedy: String,
}

impl Words {
    pub(super) fn new(
        expected: impl Into<String>,
        came: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { expected: expected.into(), came: came.into(), remedy: remedy.into() }
    }
}

impl Finding {
    pub(super) fn ok(check: &'static str, expected: impl Into<String>, came: impl Into<String>) -> Self {
        Self {
            check: check.into(),
            outcome: Outcome::Ok,
            code: None,
            expected: Some(expected.into()),
            came: came.into(),
            remedy: None,
        }
    }

    pub(super) fn skipped(check: &'static str, why: impl Into<String>) -> Self {
        Self {
            check: check.into(),
            outcome: Outcome::Skipped,
            code: None,
            expected: None,
            came: why.into(),
            remedy: None,
        }
    }

    pub(super) fn warning(check: &'static str, code: impl Into<String>, words: Words) -> Self {
        Self::wrong(check, Outcome::Warning, code.into(), words)
    }

    pub(super) fn failed(check: &'static str, code: impl Into<String>, words: Words) -> Self {
        Self::wrong(check, Outcome::Failed, code.into(), words)
    }

    fn wrong(check: &'static str, outcome: Outcome, code: String, words: Words) -> Self {
        let Words { expected, came, remedy } = words;
        Self {
            check: check.into(),
            outcome,
            code: Some(code),
            expected: Some(expected),
            came,
            remedy: Some(remedy),
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "check": self.check,
            "outcome": self.outcome.name(),
            "code": self.code,
            "expected": self.expected,
            "came": self.came,
            "remedy": self.remedy,
        })
    }
}

/// A provider's list as a finding shows it.
pub(super) fn listed(values: &[&str]) -> String {
    if values.is_empty() { "an empty list".into() } else { printable(&values.join(", "), &[]) }
}
