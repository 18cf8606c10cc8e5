//! A test ends: its report and its log entry are written, once, and the browser goes to the report.

use serde_json::Value;

use super::trip::{Underway, over};
use super::{HeldTestChanges, TestError, TestOutcome, TestView, Tester};
use crate::domain::audit::{LogEntry, LogType};
use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::policy::Refusal;
use crate::domain::test_login::{Failure, ProviderError, Redaction, Step};
use crate::flows::explain_profile::{Whose, explain_profile};
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::flows::login::Browser;
use crate::upstream::{Arrival, UpstreamError, UpstreamErrorKind};

/// Somebody arrived: what a login would make of them.
pub(super) async fn arrived(
    hub: &Hub,
    connection: &Connection,
    mut underway: Underway,
    arrival: &Arrival,
    tester: &Tester,
) -> Result<TestOutcome, TestError> {
    let whose = Whose::Verified { issuer: &arrival.issuer, subject: &arrival.subject };
    let mut mapping =
        explain_profile(hub, connection, &arrival.claims, arrival.userinfo.as_ref(), whose).await?;
    let mut redaction = Redaction::new(&connection.options.user_id_attribute);
    underway.report.claims = Some(redaction.claims(&arrival.claims));
    underway.report.userinfo = arrival.userinfo.as_ref().map(|claims| redaction.claims(claims));
    if let Some(Value::Object(profile)) = mapping.get("profile") {
        let shown = redaction.profile(profile);
        if let Some(members) = mapping.as_object_mut() {
            members.insert("profile".into(), shown);
        }
    }
    let failure = unusable(&mapping);
    underway.report.mapping = Some(mapping);
    match failure {
        Some(failure) => failed(hub, connection, underway, failure, tester).await,
        None => {
            finish(hub, connection, underway, LogType::TestLoginPassed, "the test login passed", tester).await
        }
    }
}

/// Why a login would not take whom the provider sent.
fn unusable(mapping: &Value) -> Option<Failure> {
    let text = |pointer: &str| mapping.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    if let Some(came) = text("/refused") {
        return Some(Failure {
            check: "profile".into(),
            expected: "claims that make a profile which can be kept".into(),
            came,
            advice: "Map fewer claims in this connection, or let your provider send less.".into(),
            provider: None,
        });
    }
    let came = text("/sync/reason")?;
    Some(Failure {
        check: "user".into(),
        expected: "a person whom this connection lets in".into(),
        came,
        advice:
            "Everything about your provider works; the administrator of this service decides who may sign in \
                 through this connection."
                .into(),
        provider: None,
    })
}

/// Ends the test with what was wrong.
pub(super) async fn failed(
    hub: &Hub,
    connection: &Connection,
    mut underway: Underway,
    failure: Failure,
    tester: &Tester,
) -> Result<TestOutcome, TestError> {
    let now = hub.clock.now();
    let at = now.millis().saturating_sub(underway.began_at.millis());
    let words = format!(
        "{}: expected {}; came {}. {}",
        failure.check, failure.expected, failure.came, failure.advice
    );
    underway.report.steps.push(Step::Check { at, check: failure.check.clone(), passed: false });
    underway.report.failure = Some(failure);
    finish(hub, connection, underway, LogType::TestLoginFailed, &words, tester).await
}

async fn finish(
    hub: &Hub,
    connection: &Connection,
    underway: Underway,
    log_type: LogType,
    words: &str,
    tester: &Tester,
) -> Result<TestOutcome, TestError> {
    let now = hub.clock.now();
    let Underway { trip_id, test_id, report, .. } = underway;
    let mut entry = about(entry(hub, log_type, words, &tester.browser, now), connection, &test_id);
    if let Some(Failure { check, expected, came, advice, .. }) = &report.failure {
        for (name, value) in [("check", check), ("expected", expected), ("came", came), ("advice", advice)] {
            entry.details.insert(name.into(), value.clone().into());
        }
    }
    let (id, for_log) = (test_id.clone(), entry.clone());
    let counts = hub
        .store
        .write(move |tx| {
            let counts = tx.finish_test_login(&id, &report, now)?;
            if counts {
                tx.add_log_entries(std::slice::from_ref(&entry))?;
            }
            Ok::<_, TestError>(counts)
        })
        .await?;
    if counts {
        journal::trace(&for_log);
    }
    Ok(TestOutcome {
        view: TestView::Report {
            connection: connection.name.clone(),
            test_id,
            ui_locales: tester.ui_locales.clone(),
        },
        cookies: over(&trip_id),
        tests: HeldTestChanges::default(),
    })
}

/// What the provider did or did not do.
pub(super) fn upstream(error: &UpstreamError) -> Failure {
    let provider = match &error.kind {
        UpstreamErrorKind::Refused(refusal) => Some(ProviderError {
            error: refusal.error.clone(),
            error_description: refusal.description.clone(),
        }),
        UpstreamErrorKind::Unreachable
        | UpstreamErrorKind::Invalid
        | UpstreamErrorKind::Misconfigured
        | UpstreamErrorKind::Guarded => None,
    };
    Failure {
        check: error.check.to_owned(),
        expected: error.expected.to_string(),
        came: error.came.to_string(),
        advice: error.advice.to_string(),
        provider,
    }
}

/// The connection may not be used any more.
pub(super) fn refused(refusal: Refusal) -> Failure {
    Failure {
        check: "connection".into(),
        expected: "a connection that is switched on".into(),
        came: refusal.to_string(),
        advice:
            "It was switched off during the test: ask the administrator of this service, then test again."
                .into(),
        provider: None,
    }
}

pub(super) fn entry(
    hub: &Hub,
    log_type: LogType,
    words: &str,
    browser: &Browser,
    now: Timestamp,
) -> LogEntry {
    LogEntry::new(now, &hub.random.alphanumeric(12), log_type, words, &browser.origin)
}

/// Names what the test is about.
pub(super) fn about(mut entry: LogEntry, connection: &Connection, test_id: &str) -> LogEntry {
    entry.name(connection);
    entry.details.insert("test".into(), test_id.into());
    entry
}
