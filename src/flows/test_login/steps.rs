//! What was noted on the way, as the steps of a report.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use crate::domain::clock::Timestamp;
use crate::domain::test_login::{Carried, Step};
use crate::protocol::parameters::Parameters;
use crate::upstream::{AnswerMode, Exchange, Observed, Trace};

/// Parameters of an authorization request that say how it was made, and open nothing.
const SHOWN_PARAMETERS: [&str; 11] = [
    "acr_values",
    "client_id",
    "code_challenge_method",
    "domain_hint",
    "max_age",
    "prompt",
    "redirect_uri",
    "response_mode",
    "response_type",
    "scope",
    "ui_locales",
];

/// What `trace` noted, in a test that began at `began_at`; the trace began at `since`.
pub(super) fn noted(trace: &Trace, began_at: Timestamp, since: Timestamp) -> Vec<Step> {
    let start = since.millis().saturating_sub(began_at.millis());
    let mut latest = start;
    let step = |observed| match observed {
        Observed::Exchange(Exchange { operation, method, url, outcome, began, took }) => {
            let at = start.saturating_add(millis(began));
            latest = at.saturating_add(millis(took));
            Step::Exchange {
                at,
                operation: operation.replace(' ', "_"),
                method,
                url,
                status: outcome.ok(),
                millis: millis(took),
            }
        }
        Observed::Passed(check) => Step::Check { at: latest, check: check.to_owned(), passed: true },
    };
    trace.observed().into_iter().map(step).collect()
}

/// The browser leaves for `url`, and what that asks.
pub(super) fn sent(url: &str, at: i64) -> Step {
    let Ok(mut address) = Url::parse(url) else {
        return Step::Sent { at, url: String::new(), asked: BTreeMap::new() };
    };
    let asked = address
        .query_pairs()
        .map(|(name, value)| match SHOWN_PARAMETERS.contains(&name.as_ref()) {
            true => (name.into_owned(), value.into_owned()),
            false => (name.into_owned(), "***".to_owned()),
        })
        .collect();
    address.set_query(None);
    Step::Sent { at, url: address.into(), asked }
}

/// The browser is back, with these fields.
pub(super) fn returned(answer: &Parameters, mode: AnswerMode, at: i64) -> Step {
    let known =
        ["code", "error", "error_description", "error_uri", "id_token", "iss", "session_state", "state"];
    let came = known.into_iter().filter(|name| answer.single(name).is_some());
    let by = match mode {
        AnswerMode::Query => Carried::Query,
        AnswerMode::FormPost => Carried::FormPost,
    };
    Step::Returned { at, by, parameters: came.map(str::to_owned).collect() }
}

pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
