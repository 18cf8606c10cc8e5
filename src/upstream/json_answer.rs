//! An answer that should be a JSON object, whatever its content type says.

use http::StatusCode;
use serde_json::{Map, Value};

use super::error::UpstreamError;
use super::http::HttpAnswer;

/// What kind of document was expected, for the words of an error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    pub(super) check: &'static str,
    /// With its article: `a key set`.
    pub(super) document: &'a str,
    pub(super) url: &'a str,
}

impl HttpAnswer {
    /// The JSON object of a successful answer.
    ///
    /// # Errors
    /// [`UpstreamError`] by the check of `expected`.
    pub(super) fn into_object(self, expected: Expected<'_>) -> Result<Map<String, Value>, UpstreamError> {
        if !self.status.is_success() {
            return Err(self.unsuccessful(expected));
        }
        self.object().ok_or_else(|| self.unreadable(expected))
    }

    /// The JSON object in the body, if it is one.
    pub(super) fn object(&self) -> Option<Map<String, Value>> {
        // Some servers put a byte order mark in front (RFC 8259 §8.1 lets readers ignore it).
        let body = self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body);
        serde_json::from_slice(body).ok()
    }

    /// The error for a status that is no success.
    pub(super) fn unsuccessful(&self, expected: Expected<'_>) -> UpstreamError {
        let Expected { check, document, url } = expected;
        let wanted = format!("{document} at {url}");
        let came = format!("status {}", self.status.as_u16());
        if self.status.is_redirection() {
            let advice =
                format!("Enter the final URL of {document}: {url} redirects, which is not followed.");
            UpstreamError::misconfigured(check, wanted, format!("a redirect ({came})"), advice)
        } else if self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS {
            UpstreamError::unreachable(check, wanted, came, format!("Your provider is failing at {url}."))
        } else {
            let advice = format!("Check that {url} is right and open to requests from this hub.");
            UpstreamError::invalid(check, wanted, came, advice)
        }
    }

    /// The error for a body that is not the JSON object expected.
    pub(super) fn unreadable(&self, expected: Expected<'_>) -> UpstreamError {
        let Expected { check, document, url } = expected;
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
            format!("{document} as JSON at {url}"),
            format!("{came} (status {})", self.status.as_u16()),
            format!("Check that {url} is the URL of {document}, not of a web page."),
        )
    }
}
