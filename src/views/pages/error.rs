//! `templates/pages/error.hbs`: what happened, what to do next, and what to quote when asking for help.

use serde::Serialize;

use super::Wait;
use crate::views::Page;

/// Every stable code of an error page; its texts are `errors.<code>.title` and `errors.<code>.message`.
pub const ERROR_CODES: &[&str] = &[
    "unknown-client",
    "redirect-uri-mismatch",
    "invalid-request",
    "request-object-invalid",
    "request-uri-invalid",
    "request-too-large",
    "request-too-slow",
    "login-expired",
    "login-already-used",
    "login-other-browser",
    "login-wrong-callback",
    "connection-changed",
    "connection-unavailable",
    "no-connection",
    "upstream-refused",
    "upstream-unreachable",
    "upstream-answer-invalid",
    "user-blocked",
    "not-provisioned",
    "too-many-attempts",
    "page-not-found",
    "ticket-unknown",
    "set-up-link-unknown",
    "test-link-used",
    "test-unavailable",
    "test-too-many",
    "test-not-here",
    "test-other-browser",
    "test-wrong-callback",
    "method-not-allowed",
    "unsupported-media-type",
    "logout-invalid",
    "loaded-aside",
    "temporarily-unavailable",
    "internal",
];

/// An error a person sees instead of being redirected.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorPage {
    /// One of [`ERROR_CODES`].
    pub code: &'static str,
    pub request_id: String,
    /// Where the person can go on.
    pub back: Option<String>,
    /// A sentence for an administrator, in English, as written by the failing check. Never a secret.
    pub detail: Option<String>,
    pub wait: Option<Wait>,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "pages/error";

    fn samples() -> Vec<ErrorPage> {
        let bare = ERROR_CODES.iter().map(|code| ErrorPage {
            code,
            request_id: "9f2c1e7a40b84d0c".into(),
            back: None,
            detail: None,
            wait: Wait::sample(code),
        });
        let full = ErrorPage {
            code: "upstream-answer-invalid",
            request_id: "9f2c1e7a40b84d0c".into(),
            back: Some("https://notes.acme.example/".into()),
            detail: Some(
                "The ID token's issuer is https://login.acme.example/v2, expected https://login.acme.example/.".into(),
            ),
            wait: None,
        };
        bare.chain([full]).collect()
    }
}
