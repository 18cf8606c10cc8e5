//! What a test login found: the steps as they were seen, the claims, the profile they give, and what was wrong.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Never holds a token, a code or a secret, and of claims what [`super::Redaction`] leaves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TestReport {
    pub steps: Vec<Step>,
    /// Of the ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo: Option<Value>,
    /// What the connection's map makes of the claims, and what a login would write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// One thing that happened. `at` is milliseconds since the test began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Step {
    /// The person pressed the button.
    Begun {
        at: i64,
    },
    /// This hub asked the provider, and had an answer with `status`, or none.
    Exchange {
        at: i64,
        operation: String,
        method: String,
        url: String,
        status: Option<u16>,
        millis: i64,
    },
    Check {
        at: i64,
        check: String,
        passed: bool,
    },
    /// The browser was sent to the provider, asking this.
    Sent {
        at: i64,
        url: String,
        asked: BTreeMap<String, String>,
    },
    /// The browser came back from there.
    Returned {
        at: i64,
        by: Carried,
        /// The names of what came along.
        parameters: Vec<String>,
    },
    /// The connection was changed meanwhile, and the test begins anew.
    BegunAgain {
        at: i64,
    },
}

/// How an answer travelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carried {
    Query,
    FormPost,
}

/// The check that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub check: String,
    pub expected: String,
    pub came: String,
    /// A sentence to forward.
    pub advice: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderError>,
}

/// The provider's own words, printable and capped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderError {
    pub error: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
}
