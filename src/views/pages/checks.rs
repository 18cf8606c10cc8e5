//! `templates/pages/checks.hbs`: what is right and wrong with a connection's provider, and what to do about it.

use serde::Serialize;

use crate::domain::clock::Timestamp;
use crate::domain::diagnosis::{Diagnosis, Finding, Outcome, State};
use crate::views::Page;

/// Every check; its text is `checks.names.<check>`.
pub const CHECK_NAMES: &[&str] = &[
    "discovery",
    "metadata-drift",
    "issuer",
    "authorization-endpoint",
    "token-endpoint",
    "jwks-uri",
    "userinfo-endpoint",
    "tls",
    "keys",
    "signature-algorithms",
    "response-type",
    "response-mode",
    "pkce",
    "redirect-uri",
    "authorization-request",
    "mix-up",
    "client-authentication-method",
    "client-credentials",
    "client-secret-expiry",
    "clock",
];

/// Every code of a finding that belongs to one check; its text is `checks.codes.<code>`.
pub const CHECK_CODES: &[&str] = &[
    "metadata-drift",
    "issuer-mismatch",
    "issuer-missing",
    "issuer-of-every-tenant",
    "tls-expired",
    "tls-expires-soon",
    "tls-not-yet-valid",
    "tls-other-name",
    "tls-untrusted",
    "tls-handshake",
    "keys-no-list",
    "keys-empty",
    "keys-unusable",
    "algorithms-not-advertised",
    "algorithms-not-accepted",
    "keys-of-another-type",
    "keys-for-algorithm-missing",
    "rs256-not-advertised",
    "response-types-not-advertised",
    "response-type-not-supported",
    "query-not-supported",
    "form-post-not-supported",
    "form-post-not-advertised",
    "pkce-plain-only",
    "pkce-s256-not-supported",
    "pkce-plain-not-supported",
    "pkce-weaker-than-possible",
    "pkce-disabled",
    "redirect-uri-refused",
    "mix-up-possible",
    "issuer-no-longer-promised",
    "authorization-client-unknown",
    "authorization-client-not-allowed",
    "authorization-response-type-refused",
    "authorization-scope-refused",
    "auth-method-not-advertised",
    "auth-method-not-supported",
    "grant-type-not-allowed",
    "client-credentials-unclear",
    "token-endpoint-believes-anything",
    "client-not-allowed",
    "client-id-unknown",
    "client-secret-expired",
    "client-secret-wrong",
    "client-secret-missing",
    "client-refused",
    "secret-expired",
    "secret-expires-soon",
    "clock-off",
    "clock-drifts",
];

/// What goes wrong with any address, at the end of a code `<check>-<cause>`; its text is `checks.causes.<cause>`.
pub const CHECK_CAUSES: &[&str] = &[
    "connect",
    "timeout",
    "size",
    "exchange",
    "address",
    "no-url",
    "answer",
    "not-found",
    "failing",
    "redirect",
    "refused",
    "not-json",
    "missing",
    "not-https",
];

/// What became of the button; its text is `checks.notices.<notice>`.
pub const CHECK_NOTICES: &[&str] = &["checked", "too-often"];

#[derive(Clone, Debug, Serialize)]
pub struct ChecksPage {
    /// The connection, as people know it.
    pub connection: String,
    /// `ready`, `degraded`, `broken` or `unknown`.
    pub state: &'static str,
    pub checked: Option<Moment>,
    /// One of [`CHECK_NOTICES`].
    pub notice: Option<&'static str>,
    /// What is wrong, the worst first.
    pub wrong: Vec<CheckLine>,
    /// Whether [`Self::wrong`] can be copied as a whole too.
    pub several: bool,
    pub passed: Vec<CheckLine>,
    pub passed_count: usize,
    pub skipped: Vec<CheckLine>,
    pub skipped_count: usize,
    /// The set-up page.
    pub setup: String,
    /// Where the button posts to.
    pub action: String,
}

/// A day and a time, in UTC.
#[derive(Clone, Debug, Serialize)]
pub struct Moment {
    /// `2026-11-21`.
    pub day: String,
    /// `04:30`.
    pub time: String,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub struct CheckLine {
    /// As the API names it.
    pub check: String,
    /// One of [`CHECK_NAMES`]; `None` for a check that another version of this hub made.
    pub name: Option<&'static str>,
    pub failed: bool,
    /// One of [`CHECK_CODES`].
    pub code: Option<&'static str>,
    /// One of [`CHECK_CAUSES`].
    pub cause: Option<&'static str>,
    pub expected: Option<String>,
    pub came: String,
    pub remedy: Option<String>,
}

impl ChecksPage {
    /// The page of `connection` with its last diagnosis, or none.
    pub fn of(connection: &str, diagnosis: Option<&Diagnosis>, setup: String, action: String) -> Self {
        let findings = diagnosis.map(|diagnosis| diagnosis.findings.as_slice()).unwrap_or_default();
        let lines = |outcome: Outcome| -> Vec<CheckLine> {
            findings.iter().filter(|finding| finding.outcome == outcome).map(CheckLine::of).collect()
        };
        let wrong = [lines(Outcome::Failed), lines(Outcome::Warning)].concat();
        let (passed, skipped) = (lines(Outcome::Ok), lines(Outcome::Skipped));
        Self {
            connection: connection.to_owned(),
            state: diagnosis.map_or(State::Unknown, Diagnosis::state).name(),
            checked: diagnosis.map(|diagnosis| Moment::of(diagnosis.checked_at)),
            notice: None,
            several: wrong.len() > 1,
            wrong,
            passed_count: passed.len(),
            passed,
            skipped_count: skipped.len(),
            skipped,
            setup,
            action,
        }
    }
}

impl Moment {
    pub fn of(moment: Timestamp) -> Self {
        let written = moment.iso8601();
        let (day, time) = written.split_once('T').unwrap_or((&written, ""));
        Self { day: day.to_owned(), time: time.chars().take(5).collect() }
    }
}

impl CheckLine {
    pub(in crate::views) fn of(finding: &Finding) -> Self {
        let known = |list: &[&'static str], text: &str| list.iter().copied().find(|known| *known == text);
        let check: &str = &finding.check;
        let code = finding.code.as_deref().unwrap_or_default();
        let cause = code.strip_prefix(check).and_then(|rest| rest.strip_prefix('-')).unwrap_or_default();
        let own = known(CHECK_CODES, code);
        Self {
            check: check.to_owned(),
            name: known(CHECK_NAMES, check),
            failed: finding.outcome == Outcome::Failed,
            cause: if own.is_none() { known(CHECK_CAUSES, cause) } else { None },
            code: own,
            expected: finding.expected.clone(),
            came: finding.came.clone(),
            remedy: finding.remedy.clone(),
        }
    }
}

impl Page for ChecksPage {
    const TEMPLATE: &'static str = "pages/checks";

    fn samples() -> Vec<ChecksPage> {
        let line = |check: &str, name, code, cause| CheckLine {
            check: check.to_owned(),
            name,
            failed: true,
            code,
            cause,
            expected: Some("code in response_types_supported".into()),
            came: "an empty list".into(),
            remedy: Some("Publish the public signing keys of the provider at its jwks_uri.".into()),
        };
        let names = || CHECK_NAMES.iter().map(|name| line(name, Some(name), None, None));
        let codes = CHECK_CODES.iter().map(|code| line(code, None, Some(code), None));
        let causes = CHECK_CAUSES.iter().map(|cause| line(cause, None, None, Some(cause)));
        let page = ChecksPage {
            connection: "Acme Corporation".into(),
            state: "broken",
            checked: Some(Moment { day: "2026-11-21".into(), time: "04:30".into() }),
            notice: None,
            wrong: codes.chain(causes).collect(),
            several: true,
            passed: names().collect(),
            passed_count: CHECK_NAMES.len(),
            skipped: names().collect(),
            skipped_count: CHECK_NAMES.len(),
            setup: "/connections/acme/setup?ticket=x".into(),
            action: "/connections/acme/checks?ticket=x".into(),
        };
        let mut degraded = ChecksPage { state: "degraded", several: false, ..page.clone() };
        degraded.wrong.truncate(1);
        degraded.wrong.iter_mut().for_each(|line| line.failed = false);
        let ready = ChecksPage { state: "ready", wrong: Vec::new(), several: false, ..page.clone() };
        let unknown = ChecksPage {
            state: "unknown",
            checked: None,
            passed: Vec::new(),
            skipped: Vec::new(),
            ..ready.clone()
        };
        let noticed = CHECK_NOTICES
            .iter()
            .map(|notice| ChecksPage { notice: Some(notice), ..ready.clone() })
            .collect::<Vec<_>>();
        [vec![page, degraded, ready, unknown], noticed].concat()
    }
}
