//! A provider's metadata (OpenID Connect Discovery 1.0 §4), read leniently: what is not needed here may be
//! missing, empty or odd.

use serde_json::{Map, Value};
use url::Url;

use super::error::{UpstreamError, quoted};
use super::http::{HttpClient, Purpose};
use super::json_answer::Expected;
use crate::domain::limits;

const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// What this hub reads of the document.
#[derive(Clone, Debug)]
pub(super) struct Discovered {
    pub(super) issuer: Option<String>,
    pub(super) authorization_endpoint: Option<String>,
    pub(super) token_endpoint: Option<String>,
    pub(super) jwks_uri: Option<String>,
    pub(super) userinfo_endpoint: Option<String>,
    pub(super) end_session_endpoint: Option<String>,
    pub(super) pkce_methods: Vec<String>,
    /// `authorization_response_iss_parameter_supported` (RFC 9207 §3).
    pub(super) names_issuer_in_answers: bool,
    /// The whole document, as compact JSON.
    pub(super) document: Box<str>,
}

/// Where the document of a base URL (or the full well-known URL itself) is.
///
/// # Errors
/// `discovery-url`, where `base` is no URL.
pub(super) fn document_url(base: &str) -> Result<Url, UpstreamError> {
    let mut url = Url::parse(base).ok().filter(|url| !url.cannot_be_a_base()).ok_or_else(|| {
        UpstreamError::misconfigured(
            "discovery-url",
            "an https URL to look for the provider's metadata at",
            quoted(base),
            "Enter the discovery URL of the provider, or all of its endpoints.",
        )
    })?;
    if !url.path().contains("/.well-known/") {
        let path = format!("{}{WELL_KNOWN}", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    url.set_fragment(None);
    Ok(url)
}

/// Fetches the document at `url` (from [`document_url`]), and checks that it is of `issuer`, or without one
/// that it corresponds to its own URL (OpenID Connect Discovery §4.3).
///
/// # Errors
/// `discovery`, `discovery-issuer`, and those of [`HttpClient::send`].
pub(super) async fn discover(
    http: &HttpClient,
    connection: &str,
    url: &Url,
    issuer: Option<&str>,
) -> Result<Discovered, UpstreamError> {
    let purpose = Purpose { connection, operation: "discovery", limit: limits::OUTBOUND_DOCUMENT_BYTES };
    let answer = http.get(purpose, url.as_str()).await?;
    let expected = Expected { check: "discovery", document: "the discovery document", url: url.as_str() };
    let discovered = read(&answer.into_object(expected)?);
    let wanted = issuer.map_or_else(|| implied_issuer(url), str::to_owned);
    match &discovered.issuer {
        Some(came) if came.trim_end_matches('/') == wanted.trim_end_matches('/') => Ok(discovered),
        came => Err(UpstreamError::invalid(
            "discovery-issuer",
            format!("the metadata of {}", quoted(&wanted)),
            came.as_deref().map_or_else(|| "metadata without an issuer".into(), quoted),
            format!("Make \"issuer\" in {url} and the issuer entered for this connection the same."),
        )),
    }
}

fn implied_issuer(url: &Url) -> String {
    let mut issuer = url.clone();
    issuer.set_query(None);
    issuer.as_str().trim_end_matches(WELL_KNOWN).to_owned()
}

fn read(document: &Map<String, Value>) -> Discovered {
    let text = |name: &str| {
        let text = document.get(name).and_then(Value::as_str)?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let texts = |name: &str| match document.get(name) {
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    Discovered {
        issuer: text("issuer"),
        authorization_endpoint: text("authorization_endpoint"),
        token_endpoint: text("token_endpoint"),
        jwks_uri: text("jwks_uri"),
        userinfo_endpoint: text("userinfo_endpoint"),
        end_session_endpoint: text("end_session_endpoint"),
        pkce_methods: texts("code_challenge_methods_supported"),
        names_issuer_in_answers: document.get("authorization_response_iss_parameter_supported")
            == Some(&Value::Bool(true)),
        document: Value::Object(document.clone()).to_string().into(),
    }
}
