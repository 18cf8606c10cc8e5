//! A provider's metadata (OpenID Connect Discovery 1.0 §4), read leniently: what is not needed here may be
//! missing, empty or odd.

use serde_json::{Map, Value};
use url::Url;

use super::error::{UpstreamError, quoted};
use super::http::{HttpClient, Purpose};
use super::json_answer::Document;
use crate::crypto::digest;
use crate::domain::discovery_address::{self, implied_issuer, without_slash};
use crate::domain::provider_metadata::{AdoptedMetadata, names_issuer_in_answers};
use crate::domain::{issuer_template, limits};

/// What this hub reads of the document.
#[derive(Clone, Debug)]
pub(super) struct Discovered {
    pub(super) issuer: Option<String>,
    pub(super) authorization_endpoint: Option<String>,
    pub(super) token_endpoint: Option<String>,
    pub(super) jwks_uri: Option<String>,
    pub(super) userinfo_endpoint: Option<String>,
    pub(super) end_session_endpoint: Option<String>,
    pub(super) pushed_request_endpoint: Option<String>,
    /// `require_pushed_authorization_requests` (RFC 9126 §5).
    pub(super) demands_pushed_requests: bool,
    /// `dpop_signing_alg_values_supported` (RFC 9449 §5.1); empty where the provider is silent.
    pub(super) proof_algorithms: Vec<String>,
    pub(super) pkce_methods: Vec<String>,
    /// `authorization_response_iss_parameter_supported` (RFC 9207 §3).
    pub(super) names_issuer_in_answers: bool,
    /// The whole document as it came, as compact JSON, which `sha256` names.
    pub(super) document: Box<str>,
    pub(super) sha256: String,
    /// What of it is not safe, where the adopted document stands in for it.
    pub(super) held_back: Option<String>,
}

impl Discovered {
    pub(super) fn of(document: Map<String, Value>) -> Self {
        let compact = Value::Object(document.clone()).to_string();
        let text = |name: &str| {
            let text = document.get(name).and_then(Value::as_str)?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let is_true = |name: &str| document.get(name) == Some(&Value::Bool(true));
        let texts = |name: &str| match document.get(name) {
            Some(Value::Array(values)) => {
                values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        Self {
            issuer: text("issuer"),
            authorization_endpoint: text("authorization_endpoint"),
            token_endpoint: text("token_endpoint"),
            jwks_uri: text("jwks_uri"),
            userinfo_endpoint: text("userinfo_endpoint"),
            end_session_endpoint: text("end_session_endpoint"),
            pushed_request_endpoint: text("pushed_authorization_request_endpoint"),
            demands_pushed_requests: is_true("require_pushed_authorization_requests"),
            proof_algorithms: texts("dpop_signing_alg_values_supported"),
            pkce_methods: texts("code_challenge_methods_supported"),
            names_issuer_in_answers: names_issuer_in_answers(&document),
            sha256: digest::sha256_base64url(&compact),
            document: compact.into(),
            held_back: None,
        }
    }
}

/// Where the document of a base URL (or the full well-known URL itself) is.
///
/// # Errors
/// `discovery-url`, where `base` is no URL.
pub(super) fn document_url(base: &str) -> Result<Url, UpstreamError> {
    discovery_address::document_url(base).ok_or_else(|| {
        UpstreamError::misconfigured(
            "discovery-url",
            "an https URL to look for the provider's metadata at",
            quoted(base),
            "Enter the discovery URL of the provider, or all of its endpoints.",
        )
    })
}

/// Whose metadata are looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Issuer<'a> {
    /// As in the connection's settings.
    pub(super) entered: Option<&'a str>,
    /// Whether the connection lists tenants, each of which has an issuer of its own.
    pub(super) has_tenants: bool,
}

/// Fetches the document at `url` (from [`document_url`]), lets the `adopted` one stand in for one that is not safe, and
/// checks that it is of the issuer entered, or without one that it corresponds to its own URL (OpenID Connect Discovery
/// §4.3).
///
/// # Errors
/// `discovery`, `discovery-issuer`, and those of [`HttpClient::send`].
pub(super) async fn discover(
    http: &HttpClient,
    connection: &str,
    url: &Url,
    issuer: Issuer<'_>,
    adopted: Option<&AdoptedMetadata>,
) -> Result<Discovered, UpstreamError> {
    let purpose =
        Purpose { connection, operation: "discovery", limit: limits::OUTBOUND_DOCUMENT_BYTES, network: None };
    let answer = http.get(purpose, url.as_str()).await?;
    let wanted = Document { check: "discovery", name: "the discovery document", url: url.as_str() };
    let published = http.trace().tell(&["discovery"], answer.into_object(wanted))?;
    let unsafe_drift = adopted.map(|adopted| (adopted, adopted.drift_to(&published)));
    let unsafe_drift = unsafe_drift.filter(|(_, drift)| !drift.is_safe());
    let published = Discovered::of(published);
    let discovered = match unsafe_drift {
        Some((adopted, drift)) => Discovered {
            document: published.document,
            sha256: published.sha256,
            held_back: Some(drift.words()),
            ..Discovered::of(adopted.metadata.document.clone())
        },
        None => published,
    };
    http.trace().tell(&["discovery-issuer"], check_issuer(discovered, url, issuer))
}

fn check_issuer(discovered: Discovered, url: &Url, issuer: Issuer<'_>) -> Result<Discovered, UpstreamError> {
    let expected = issuer.entered.map_or_else(|| implied_issuer(url), str::to_owned);
    match &discovered.issuer {
        Some(came) if issuer_template::is_template(came) && !issuer.has_tenants => Err(several_tenants(came)),
        Some(came) if issuer_template::is_template(came) && issuer_template::is_of(came, &expected) => {
            Ok(discovered)
        }
        Some(came) if without_slash(came) == without_slash(&expected) => Ok(discovered),
        came => Err(UpstreamError::invalid(
            "discovery-issuer",
            format!("the metadata of {}", quoted(&expected)),
            came.as_deref().map_or_else(|| "metadata without an issuer".into(), quoted),
            format!("Make \"issuer\" in {url} and the issuer entered for this connection the same."),
        )),
    }
}

fn several_tenants(came: &str) -> UpstreamError {
    UpstreamError::misconfigured(
        "discovery-issuer",
        "the issuer of one company",
        format!("{}, which stands for every tenant of the provider", quoted(came)),
        "Enter the discovery URL of your own tenant (its id in place of common or organizations), or list the tenants \
         whose people may sign in as tenant_ids of this connection.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::upstream::test_provider::{TestServer, http_client, ok};

    #[test]
    fn the_document_is_looked_for_at_the_base_or_at_the_full_url() {
        for (base, expected) in [
            ("https://a.example", "https://a.example/.well-known/openid-configuration"),
            ("https://a.example/", "https://a.example/.well-known/openid-configuration"),
            ("https://a.example/t/1/", "https://a.example/t/1/.well-known/openid-configuration"),
            ("https://a.example/t?p=x", "https://a.example/t/.well-known/openid-configuration?p=x"),
            (
                "https://a.example/t/.well-known/openid-configuration?appid=1",
                "https://a.example/t/.well-known/openid-configuration?appid=1",
            ),
        ] {
            assert_eq!(document_url(base).unwrap().as_str(), expected);
        }
        for base in ["accounts.google.com", "", "data:text/plain,x"] {
            assert_eq!(document_url(base).unwrap_err().check, "discovery-url", "{base}");
        }
    }

    #[tokio::test]
    async fn the_issuer_of_the_document_is_the_one_expected_up_to_a_slash() {
        for (came, configured, accepted) in [
            (json!("BASE"), None, true),
            (json!("BASE/"), None, true),
            (json!("BASE/"), Some("BASE"), true),
            (json!("https://other.example"), Some("https://other.example"), true),
            (json!("https://other.example"), None, false),
            (json!("BASE"), Some("https://other.example"), false),
            (json!("BASE//"), None, false),
            (json!(""), None, false),
            (json!(null), None, false),
            (json!(["BASE"]), None, false),
        ] {
            let issuer = came.to_string();
            let server = TestServer::start(move |request| {
                ok(&format!("{{\"issuer\":{}}}", issuer.replace("BASE", &request.base)))
            });
            let configured = configured.map(|issuer| issuer.replace("BASE", &server.base));
            let url = document_url(&server.base).unwrap();
            let expected = Issuer { entered: configured.as_deref(), has_tenants: false };
            let outcome = discover(&http_client(), "acme", &url, expected, None).await;
            match outcome {
                Ok(_) => assert!(accepted, "{came} {configured:?}"),
                Err(error) => {
                    assert_eq!(error.check, "discovery-issuer");
                    assert!(!accepted, "{came} {configured:?} {error}");
                }
            }
        }
    }

    #[tokio::test]
    async fn an_issuer_for_every_tenant_is_taken_only_where_tenants_are_listed_and_from_its_own_address() {
        for (came, path, entered, has_tenants, accepted) in [
            ("BASE/{tenantid}/v2.0", "/organizations/v2.0", None, true, true),
            ("BASE/{tenantid}/v2.0", "/organizations/v2.0", None, false, false),
            ("BASE/{tenantid}/v2.0", "/organizations/v2.0", Some("BASE/{tenantid}/v2.0"), true, true),
            ("BASE/{tenantid}/v2.0", "/organizations/v2.0", Some("BASE/organizations/v2.0"), false, false),
            ("https://other.example/{tenantid}/v2.0", "/organizations/v2.0", None, true, false),
            ("BASE/{tenantid}/v2.0", "/v2.0", None, true, false),
        ] {
            let issuer = came.to_owned();
            let server = TestServer::start(move |request| {
                ok(&format!("{{\"issuer\":\"{}\"}}", issuer.replace("BASE", &request.base)))
            });
            let entered = entered.map(|issuer| issuer.replace("BASE", &server.base));
            let url = document_url(&format!("{}{path}", server.base)).unwrap();
            let expected = Issuer { entered: entered.as_deref(), has_tenants };
            let outcome = discover(&http_client(), "acme", &url, expected, None).await;
            let check = outcome.err().map(|error| error.check);
            assert_eq!(check, (!accepted).then_some("discovery-issuer"), "{came} {path} {has_tenants}");
        }
    }

    #[test]
    fn what_is_not_needed_may_be_missing_empty_or_odd() {
        let document = json!({
            "issuer": " https://a.example ",
            "token_endpoint": "https://a.example/token",
            "userinfo_endpoint": "",
            "end_session_endpoint": 5,
            "id_token_signing_alg_values_supported": "RS256",
            "code_challenge_methods_supported": ["S256", 7, "plain"],
            "authorization_response_iss_parameter_supported": "yes",
        });
        let Value::Object(document) = document else { unreachable!() };
        let discovered = Discovered::of(document);
        assert_eq!(discovered.issuer.as_deref(), Some("https://a.example"));
        assert_eq!(discovered.token_endpoint.as_deref(), Some("https://a.example/token"));
        assert_eq!((discovered.userinfo_endpoint, discovered.end_session_endpoint), (None, None));
        assert_eq!(discovered.pkce_methods, ["S256", "plain"]);
        assert!(!discovered.names_issuer_in_answers);
    }
}
