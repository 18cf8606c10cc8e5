//! Examples of reports that together show every branch of their page.

use std::collections::BTreeMap;

use serde_json::json;

use super::test_checks::TEST_CHECKS;
use crate::domain::test_login::{Carried, Failure, ProviderError, Step, TestReport, TestStatus};

/// Every request that a test makes.
const OPERATIONS: [&str; 5] = ["discovery", "keys", "pushed_request", "token", "userinfo"];

pub(super) fn reports() -> Vec<(TestStatus, TestReport)> {
    let failure = Failure {
        check: "id-token-issuer".into(),
        expected: "iss \"https://login.acme.example/\"".into(),
        came: "\"https://login.acme.example/v2\"".into(),
        advice: "Make the issuer of your provider's metadata and of its tokens the same, letter for letter."
            .into(),
        provider: None,
    };
    let refused = Failure {
        check: "provider-answer".into(),
        provider: Some(ProviderError {
            error: "access_denied".into(),
            error_description: Some("The user is not assigned to the client application.".into()),
        }),
        ..failure.clone()
    };
    let unknown = Failure {
        check: "check-of-tomorrow".into(),
        provider: Some(ProviderError { error: "server_error".into(), error_description: None }),
        ..failure.clone()
    };
    let left = TestReport { steps: departure(), ..TestReport::default() };
    let steps = |check: &str| {
        let failed = Step::Check { at: 9_500, check: check.to_owned(), passed: false };
        departure().into_iter().chain(arrival()).chain([failed]).collect()
    };
    let every = TEST_CHECKS.iter().map(|check| {
        let failure = Failure { check: (*check).to_owned(), ..failure.clone() };
        (TestStatus::Failed, report(Vec::new(), failure))
    });
    let every: Vec<(TestStatus, TestReport)> = every.collect();
    let others = vec![
        (TestStatus::Passed, passed()),
        (TestStatus::Failed, report(steps("id-token-issuer"), failure)),
        (TestStatus::Failed, report(steps("provider-answer"), refused)),
        (TestStatus::Failed, report(steps("check-of-tomorrow"), unknown)),
        (TestStatus::AtProvider, left.clone()),
        (TestStatus::Abandoned, left),
        (
            TestStatus::Failed,
            report_of_sync(json!({"user_id": "oidc|acme|1", "outcome": "refuse", "reason": "blocked"})),
        ),
        (
            TestStatus::Passed,
            report_of("default", json!({"user_id": "oidc|acme|1", "outcome": "keep", "changes": []})),
        ),
        (
            TestStatus::Passed,
            report_of(
                "unreadable_address",
                json!({"user_id": "oidc|acme|1", "outcome": "create", "changes": []}),
            ),
        ),
    ];
    others.into_iter().chain(every).collect()
}

fn report(steps: Vec<Step>, failure: Failure) -> TestReport {
    TestReport { steps, failure: Some(failure), ..TestReport::default() }
}

fn report_of_sync(sync: serde_json::Value) -> TestReport {
    TestReport { mapping: Some(json!({"profile": {}, "rules": {}, "sync": sync})), ..TestReport::default() }
}

/// The address is not verified, by this kind of rule.
fn report_of(kind: &str, sync: serde_json::Value) -> TestReport {
    let profile = json!({"email_verified": false});
    let mapping = json!({"profile": profile, "rules": {"email_verified": {"kind": kind}}, "sync": sync});
    TestReport { mapping: Some(mapping), ..TestReport::default() }
}

fn departure() -> Vec<Step> {
    let asked: BTreeMap<String, String> = [
        ("client_id", "vestibule"),
        ("redirect_uri", "https://login.example.com/login/callback"),
        ("response_type", "code"),
        ("scope", "openid profile email"),
        ("state", "***"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    let url = "https://login.acme.example/authorize".to_owned();
    vec![Step::Begun { at: 0 }, exchange(2, "discovery", Some(200)), Step::Sent { at: 120, url, asked }]
}

fn exchange(at: i64, operation: &str, status: Option<u16>) -> Step {
    Step::Exchange {
        at,
        operation: operation.to_owned(),
        method: if operation == "token" { "POST".into() } else { "GET".into() },
        url: format!("https://login.acme.example:8443/{operation}"),
        status,
        millis: 87,
    }
}

fn arrival() -> Vec<Step> {
    let parameters = ["code", "iss", "state"].map(str::to_owned).to_vec();
    let mut steps = vec![Step::Returned { at: 9_000, by: Carried::Query, parameters }];
    steps.extend(OPERATIONS.map(|operation| exchange(9_010, operation, Some(200))));
    steps.push(exchange(9_200, "keys", None));
    steps.push(exchange(9_300, "token", Some(401)));
    steps.extend(TEST_CHECKS.iter().map(|check| Step::Check {
        at: 9_400,
        check: (*check).to_owned(),
        passed: true,
    }));
    steps
}

fn passed() -> TestReport {
    let again = [
        Step::Returned {
            at: 8_000,
            by: Carried::FormPost,
            parameters: vec!["id_token".into(), "state".into()],
        },
        Step::BegunAgain { at: 8_001 },
    ];
    let policy = "always";
    TestReport {
        steps: departure().into_iter().chain(again).chain(arrival()).collect(),
        claims: Some(json!({
            "sub": "00u1a2b3c4", "email": "ada@acme.example", "email_verified": true, "nonce": "***",
            "groups": ["Engineers", "Administrators of the analytical engine"],
        })),
        userinfo: Some(json!({"sub": "00u1a2b3c4", "name": "Ada Lovelace"})),
        mapping: Some(json!({
            "profile": {
                "email": "ada@acme.example", "email_verified": false, "groups": ["Engineers"], "name": "Ada Lovelace",
                "nickname": "ada",
            },
            "rules": {
                "email": {"kind": "claim", "rule": "${context.tokenset.email}"},
                "email_verified": {"kind": "others_domain"},
                "groups": {"kind": "option", "rule": "groups_claim"},
                "name": {"kind": "map", "rule": "${context.userinfo.name}"},
                "nickname": {"kind": "fallback", "attributes": ["email"]},
            },
            "missing_claims": [{"attribute": "department", "claim": "context.userinfo.department"}],
            "dropped_attributes": [{"attribute": "picture", "reason": "it is not an http or https address"}],
            "sync": {
                "user_id": "oidc|acme|00u1a2b3c4",
                "outcome": "update",
                "changes": [
                    {"attribute": "email", "change": "replaced", "policy": policy},
                    {"attribute": "nickname", "change": "added", "policy": policy},
                    {"attribute": "phone", "change": "removed", "policy": policy},
                    {"attribute": "name", "change": "kept", "policy": policy},
                ],
            },
        })),
        failure: None,
    }
}
