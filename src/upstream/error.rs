//! What went wrong with a provider: the check, what was expected, what came, and the sentence to forward.

use std::borrow::Cow;

pub(super) use crate::domain::provider_text::{printable, quoted};

/// What the provider answered instead of a sign-in (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error code, printable ASCII.
    pub error: String,
    /// The provider's words, printable ASCII and capped.
    pub description: Option<String>,
}

/// Who has to act on a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpstreamErrorKind {
    /// The provider, or the person there, said no.
    Refused(Box<Refusal>),
    /// No usable answer came: network, time, or a provider that is failing.
    Unreachable,
    /// An answer came and a check failed.
    Invalid,
    /// The connection's settings, here or at the provider, cannot work.
    Misconfigured,
    /// This hub refuses to send a request to that address.
    Guarded,
}

type Text = Cow<'static, str>;

/// A failure in the conversation with a provider. No field ever holds a token, a code or a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{check}: expected {expected}, came {came}")]
pub struct UpstreamError {
    pub kind: UpstreamErrorKind,
    /// Stable, for instance `id-token-issuer`.
    pub check: &'static str,
    pub expected: Text,
    pub came: Text,
    /// What to do, in a sentence that can be forwarded to the provider's administrator.
    pub advice: Text,
}

impl UpstreamError {
    fn new(
        kind: UpstreamErrorKind,
        check: &'static str,
        expected: impl Into<Text>,
        came: impl Into<Text>,
        advice: impl Into<Text>,
    ) -> Self {
        Self { kind, check, expected: expected.into(), came: came.into(), advice: advice.into() }
    }

    pub(super) fn invalid(
        check: &'static str,
        expected: impl Into<Text>,
        came: impl Into<Text>,
        advice: impl Into<Text>,
    ) -> Self {
        Self::new(UpstreamErrorKind::Invalid, check, expected, came, advice)
    }

    pub(super) fn misconfigured(
        check: &'static str,
        expected: impl Into<Text>,
        came: impl Into<Text>,
        advice: impl Into<Text>,
    ) -> Self {
        Self::new(UpstreamErrorKind::Misconfigured, check, expected, came, advice)
    }

    pub(super) fn unreachable(
        check: &'static str,
        expected: impl Into<Text>,
        came: impl Into<Text>,
        advice: impl Into<Text>,
    ) -> Self {
        Self::new(UpstreamErrorKind::Unreachable, check, expected, came, advice)
    }

    pub(super) fn guarded(
        check: &'static str,
        expected: impl Into<Text>,
        came: impl Into<Text>,
        advice: impl Into<Text>,
    ) -> Self {
        Self::new(UpstreamErrorKind::Guarded, check, expected, came, advice)
    }

    pub(super) fn refused(refusal: Refusal) -> Self {
        let came = match &refusal.description {
            Some(description) => format!("{} ({description})", refusal.error),
            None => refusal.error.clone(),
        };
        Self::new(
            UpstreamErrorKind::Refused(Box::new(refusal)),
            "provider-answer",
            "a successful sign-in at the provider",
            came,
            "Your provider refused this sign-in. Its own log says why: look for this error there, and check \
             that the person is assigned to this application and that its redirect URI and scopes are allowed.",
        )
    }
}
