//! An answer that should be a JSON object, whatever its content type says.

use http::StatusCode;
use serde_json::{Map, Value};

use super::error::UpstreamError;
use super::http::HttpAnswer;

/// What was asked for, for the words of an error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Document<'a> {
    pub(super) check: &'static str,
    /// With its article: `the key set`.
    pub(super) name: &'a str,
    pub(super) url: &'a str,
}

impl HttpAnswer {
    /// The JSON object of a successful answer.
    ///
    /// # Errors
    /// [`UpstreamError`] by the check of `wanted`.
    pub(super) fn into_object(self, wanted: Document<'_>) -> Result<Map<String, Value>, UpstreamError> {
        if !self.status.is_success() {
            return Err(self.unsuccessful(wanted));
        }
        self.object().ok_or_else(|| self.unreadable(wanted))
    }

    /// The JSON object in the body, if it is one.
    pub(super) fn object(&self) -> Option<Map<String, Value>> {
        // Some servers put a byte order mark in front (RFC 8259 §8.1 lets readers ignore it).
        let body = self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body);
        serde_json::from_slice(body).ok()
    }

    /// The error for a status that is no success.
    pub(super) fn unsuccessful(&self, wanted: Document<'_>) -> UpstreamError {
        let Document { check, name, url } = wanted;
        let expected = format!("{name} at {url}");
        let came = format!("status {}", self.status.as_u16());
        if self.status.is_redirection() {
            let advice = format!("Enter the final URL of {name}: {url} redirects, which is not followed.");
            UpstreamError::misconfigured(check, expected, format!("a redirect ({came})"), advice)
        } else if self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS {
            UpstreamError::unreachable(check, expected, came, format!("Your provider is failing at {url}."))
        } else {
            let advice = format!("Check that {url} is right and open to requests from this hub.");
            UpstreamError::invalid(check, expected, came, advice)
        }
    }

    /// The error for a body that is not the JSON object expected.
    pub(super) fn unreadable(&self, wanted: Document<'_>) -> UpstreamError {
        let Document { check, name, url } = wanted;
        let looks_like_html =
            self.media_type == "text/html" || self.body.trim_ascii_start().first() == Some(&b'<');
        let came = if looks_like_html {
            "an HTML page"
        } else if self.body.trim_ascii().is_empty() {
            "an empty answer"
        } else {
            "something that is not a JSON object"
        };
        UpstreamError::invalid(
            check,
            format!("{name} as JSON at {url}"),
            format!("{came} (status {})", self.status.as_u16()),
            format!("Check that {url} is the URL of {name}, not of a web page."),
        )
    }
}
