//! `templates/pages/test_report.hbs`: what a test of a connection found.

use serde::Serialize;
use serde_json::{Map, Value};

use super::test_checks::TEST_CHECKS;
use super::test_picture::Picture;
use super::test_steps::StepLine;
use crate::domain::test_login::{Failure, TestReport, TestStatus};
use crate::views::Page;

#[derive(Clone, Debug, Serialize)]
pub struct TestReportPage {
    /// The connection, as people know it.
    pub connection: String,
    /// `passed`, `failed`, `away`, `abandoned`.
    pub outcome: &'static str,
    pub failure: Option<FailureLines>,
    pub steps: Vec<StepLine>,
    pub picture: Picture,
    pub claims: Vec<ClaimLine>,
    pub userinfo: Vec<ClaimLine>,
    pub has_profile: bool,
    pub profile: Vec<ProfileLine>,
    pub missing: Vec<MissingLine>,
    pub dropped: Vec<DroppedLine>,
    pub sync: Option<SyncLines>,
    /// The day on which the report goes, as `2026-11-21`.
    pub until: String,
}

/// The check that failed.
#[derive(Clone, Debug, Serialize)]
pub struct FailureLines {
    pub check: String,
    pub is_known: bool,
    pub expected: String,
    pub came: String,
    pub advice: String,
    pub error: Option<String>,
    pub error_description: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ClaimLine {
    pub name: String,
    pub value: String,
}

/// One attribute of the profile, and the rule behind it.
#[derive(Clone, Debug, Serialize)]
pub struct ProfileLine {
    pub name: String,
    pub value: String,
    /// `claim`, `map`, `fallback`, `default`, `option`.
    pub kind: String,
    pub rule: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct MissingLine {
    pub attribute: String,
    pub claim: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct DroppedLine {
    pub attribute: String,
    pub reason: String,
}

/// What a login would write.
#[derive(Clone, Debug, Serialize)]
pub struct SyncLines {
    /// `create`, `update`, `keep`, `refuse`.
    pub outcome: String,
    pub user_id: String,
    /// `added`, `replaced`, `removed`, `kept`, and which attributes.
    pub changes: Vec<ChangeLine>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ChangeLine {
    pub change: String,
    pub attributes: String,
}

impl TestReportPage {
    /// The page of `report`, of a test of `connection` that is kept `until` a day.
    pub fn new(connection: String, status: TestStatus, report: &TestReport, until: String) -> Self {
        let steps: Vec<StepLine> = report.steps.iter().map(StepLine::new).collect();
        let empty = Map::new();
        let mapping = report.mapping.as_ref().and_then(Value::as_object).unwrap_or(&empty);
        let entries = |name: &str| mapping.get(name).and_then(Value::as_array).into_iter().flatten();
        Self {
            connection,
            outcome: match status {
                TestStatus::Open | TestStatus::AtProvider => "away",
                TestStatus::Abandoned => "abandoned",
                TestStatus::Passed => "passed",
                TestStatus::Failed => "failed",
            },
            failure: report.failure.as_ref().map(FailureLines::new),
            picture: Picture::of(&steps),
            steps,
            claims: lines(report.claims.as_ref()),
            userinfo: lines(report.userinfo.as_ref()),
            has_profile: mapping.contains_key("profile"),
            profile: profile(mapping),
            missing: entries("missing_claims")
                .map(|one| MissingLine { attribute: text(one, "attribute"), claim: text(one, "claim") })
                .collect(),
            dropped: entries("dropped_attributes")
                .map(|one| DroppedLine { attribute: text(one, "attribute"), reason: text(one, "reason") })
                .collect(),
            sync: mapping.get("sync").filter(|sync| sync.is_object()).map(SyncLines::new),
            until,
        }
    }
}

impl FailureLines {
    fn new(failure: &Failure) -> Self {
        let provider = failure.provider.as_ref();
        Self {
            check: failure.check.clone(),
            is_known: TEST_CHECKS.contains(&failure.check.as_str()),
            expected: failure.expected.clone(),
            came: failure.came.clone(),
            advice: failure.advice.clone(),
            error: provider.map(|provider| provider.error.clone()),
            error_description: provider.and_then(|provider| provider.error_description.clone()),
        }
    }
}

impl SyncLines {
    fn new(sync: &Value) -> Self {
        let changes = sync.get("changes").and_then(Value::as_array);
        let of = |change: &str| -> Vec<String> {
            let same = changes.into_iter().flatten().filter(|one| text(one, "change") == change);
            same.map(|one| text(one, "attribute")).collect()
        };
        let changes = ["added", "replaced", "removed", "kept"].into_iter().filter_map(|change| {
            let attributes = of(change).join(", ");
            (!attributes.is_empty()).then(|| ChangeLine { change: change.to_owned(), attributes })
        });
        Self { outcome: text(sync, "outcome"), user_id: text(sync, "user_id"), changes: changes.collect() }
    }
}

fn lines(claims: Option<&Value>) -> Vec<ClaimLine> {
    let claims = claims.and_then(Value::as_object).into_iter().flatten();
    claims.map(|(name, value)| ClaimLine { name: name.clone(), value: shown(value) }).collect()
}

fn profile(mapping: &Map<String, Value>) -> Vec<ProfileLine> {
    let rules = mapping.get("rules");
    let attributes = mapping.get("profile").and_then(Value::as_object).into_iter().flatten();
    attributes
        .map(|(name, value)| {
            let rule = rules.and_then(|rules| rules.get(name)).unwrap_or(&Value::Null);
            let of = rule.get("rule").or_else(|| rule.get("attributes"));
            ProfileLine {
                name: name.clone(),
                value: shown(value),
                kind: rule.get("kind").and_then(Value::as_str).unwrap_or("default").to_owned(),
                rule: match of {
                    Some(Value::Array(attributes)) => {
                        attributes.iter().map(shown).collect::<Vec<_>>().join(", ")
                    }
                    Some(rule) => shown(rule),
                    None => String::new(),
                },
            }
        })
        .collect()
}

/// A text as it is, everything else as JSON.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

impl Page for TestReportPage {
    const TEMPLATE: &'static str = "pages/test_report";

    fn samples() -> Vec<TestReportPage> {
        super::test_samples::reports()
            .into_iter()
            .map(|(status, report)| {
                Self::new("Acme Corporation".into(), status, &report, "2026-12-06".into())
            })
            .collect()
    }
}
