//! A login ends with an error: to the application, with one log entry.

use crate::domain::audit::LogType;
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::login::Login;
use crate::flows::hub::Hub;
use crate::protocol::error::OAuthError;
use crate::upstream::{UpstreamError, UpstreamErrorKind};

use super::answer::error_answer;
use super::browser::{Browser, Outcome};
use super::{LoginError, record};

/// Who a refused login was about.
#[derive(Clone, Copy)]
pub(super) struct Parties<'a> {
    pub client: &'a Client,
    pub connection: Option<&'a Connection>,
}

/// Ends `login` with `error`.
///
/// # Errors
/// [`LoginError`] where the answer has nowhere to go.
pub(super) fn refuse(
    hub: &Hub,
    login: &Login,
    parties: Parties<'_>,
    error: &OAuthError,
    browser: &Browser,
    now: Timestamp,
) -> Result<Outcome, LoginError> {
    let log_type = if login.request.prompt.none { LogType::SilentLoginFailed } else { LogType::LoginFailed };
    let entry = record::failure(hub, browser, log_type, now, error.to_string());
    hub.journal.note(record::with_parties(entry, parties.client, parties.connection, None));
    count(hub, parties.connection, error.code.name());
    answer(hub, login, parties.client, error, now)
}

/// Ends `login` because of what the provider did or did not do. The application learns the failing check;
/// the log also what was expected, what came, and what to tell the provider's administrator.
///
/// # Errors
/// As [`refuse`].
pub(super) fn refuse_upstream(
    hub: &Hub,
    login: &Login,
    parties: Parties<'_>,
    failure: &UpstreamError,
    browser: &Browser,
    now: Timestamp,
) -> Result<Outcome, LoginError> {
    use crate::protocol::error::ErrorCode;
    let (code, words) = match &failure.kind {
        UpstreamErrorKind::Refused(_) => (ErrorCode::AccessDenied, "upstream-refused"),
        UpstreamErrorKind::Unreachable => (ErrorCode::TemporarilyUnavailable, "upstream-unreachable"),
        UpstreamErrorKind::Invalid => (ErrorCode::AccessDenied, "upstream-answer-invalid"),
        UpstreamErrorKind::Misconfigured | UpstreamErrorKind::Guarded => {
            (ErrorCode::ServerError, "upstream-unreachable")
        }
    };
    let error = OAuthError::new(
        code,
        format!(
            "{words}: the identity provider's answer failed the check {} (request {})",
            failure.check, browser.origin.request_id
        ),
    );
    let description = format!(
        "{}: expected {}; came {}. {}",
        failure.check, failure.expected, failure.came, failure.advice
    );
    let mut entry = record::failure(hub, browser, LogType::LoginFailed, now, description);
    entry.details.insert("check".into(), failure.check.into());
    entry.details.insert("expected".into(), failure.expected.to_string().into());
    entry.details.insert("came".into(), failure.came.to_string().into());
    entry.details.insert("advice".into(), failure.advice.to_string().into());
    hub.journal.note(record::with_parties(entry, parties.client, parties.connection, None));
    count(hub, parties.connection, words);
    answer(hub, login, parties.client, &error, now)
}

fn answer(
    hub: &Hub,
    login: &Login,
    client: &Client,
    error: &OAuthError,
    now: Timestamp,
) -> Result<Outcome, LoginError> {
    let response = error_answer(hub, client, &login.return_address(), error, now)?;
    Ok(Outcome::answer(login, response))
}

fn count(hub: &Hub, connection: Option<&Connection>, outcome: &'static str) {
    hub.metrics.login(connection.map_or("none", |connection| connection.name.as_str()), outcome);
}
