//! The steps of a test login in words: `test.steps.<kind>`.

use serde::Serialize;
use url::Url;

use super::test_checks::TEST_CHECKS;
use crate::domain::test_login::{Carried, Step};

/// One step of the list.
#[derive(Clone, Debug, Serialize)]
pub struct StepLine {
    /// The last part of its text's key.
    pub kind: String,
    /// What the text is about: a check that has a name, or the host of an address.
    pub about: String,
    pub is_check: bool,
    /// A check without a name in every language, by its code.
    pub code: Option<String>,
    pub has_failed: bool,
    /// Method and address.
    pub request: Option<String>,
    /// Status and time.
    pub answer: Option<String>,
    /// No whole answer came.
    pub is_unanswered: bool,
    /// Seconds since the test began, with three digits.
    pub at: String,
    /// What the browser asked for, or brought along.
    pub parameters: Vec<(String, String)>,
}

impl StepLine {
    pub fn new(step: &Step) -> Self {
        let bare = |kind: &str, at: i64| Self {
            kind: kind.to_owned(),
            about: String::new(),
            is_check: false,
            code: None,
            has_failed: false,
            request: None,
            answer: None,
            is_unanswered: false,
            at: seconds(at),
            parameters: Vec::new(),
        };
        match step {
            Step::Begun { at } => bare("begun", *at),
            Step::BegunAgain { at } => bare("begun-again", *at),
            Step::Exchange { at, operation, method, url, status, millis } => Self {
                request: Some(format!("{method} {url}")),
                answer: status.map(|status| format!("{status} · {millis} ms")),
                is_unanswered: status.is_none(),
                has_failed: status.is_none_or(|status| status >= 400),
                about: host(url),
                ..bare(&operation.replace('_', "-"), *at)
            },
            Step::Check { at, check, passed } => {
                let is_known = TEST_CHECKS.contains(&check.as_str());
                Self {
                    is_check: true,
                    about: check.clone(),
                    code: (!is_known).then(|| check.clone()),
                    has_failed: !passed,
                    ..bare(if *passed { "passed" } else { "failed" }, *at)
                }
            }
            Step::Sent { at, url, asked } => Self {
                about: host(url),
                request: Some(url.clone()),
                parameters: asked.clone().into_iter().collect(),
                ..bare("sent", *at)
            },
            Step::Returned { at, by, parameters } => Self {
                parameters: parameters.iter().map(|name| (name.clone(), String::new())).collect(),
                ..bare(
                    match by {
                        Carried::Query => "returned-query",
                        Carried::FormPost => "returned-form-post",
                    },
                    *at,
                )
            },
        }
    }
}

/// The host of an address, with its port where that is an unusual one.
pub(super) fn host(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return url.to_owned() };
    let host = url.host_str().unwrap_or_default().to_owned();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

fn seconds(millis: i64) -> String {
    format!("{}.{:03}", millis.max(0) / 1000, millis.max(0) % 1000)
}
