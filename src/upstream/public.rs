//! Addresses that applications registered: fetched and posted to through the same guard as providers'.

use http::{Request, header};

use super::error::UpstreamError;
use super::http::{HttpAnswer, HttpClient, Purpose, no_url};
use super::json_answer::Document;
use super::key_set::KeySet;
use crate::domain::limits;

/// In place of a connection's name: metrics have no label per application.
const PARTY: &str = "(applications)";

/// What is behind an address of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicDocument {
    /// `jwks_uri` (RFC 7517 §5).
    KeySet,
    /// `request_uri` (RFC 9101 §5.2).
    RequestObject,
    /// `sector_identifier_uri` (OpenID Connect Core §8.1).
    SectorIdentifier,
    /// The picture of a connection.
    Logo,
}

impl PublicDocument {
    /// The property of the application that holds the address.
    pub const fn property(self) -> &'static str {
        match self {
            Self::KeySet => "jwks_uri",
            Self::RequestObject => "request_uri",
            Self::SectorIdentifier => "sector_identifier_uri",
            Self::Logo => "logo",
        }
    }

    const fn operation(self) -> &'static str {
        match self {
            Self::KeySet => "keys",
            Self::RequestObject => "request-object",
            Self::SectorIdentifier => "sector-identifier",
            Self::Logo => "logo",
        }
    }

    const fn accept(self) -> &'static str {
        match self {
            Self::KeySet => "application/jwk-set+json, application/json",
            Self::RequestObject => "application/oauth-authz-req+jwt, application/jwt, text/plain",
            Self::SectorIdentifier => "application/json",
            Self::Logo => "image/png, image/jpeg, image/webp",
        }
    }

    const fn limit(self) -> usize {
        match self {
            Self::KeySet | Self::SectorIdentifier => limits::OUTBOUND_DOCUMENT_BYTES,
            Self::RequestObject => limits::AUTHORIZATION_REQUEST_BYTES,
            Self::Logo => limits::LOGO_BYTES,
        }
    }
}

/// A document of an application, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedDocument {
    /// Lower case, without parameters; empty where none was given.
    pub media_type: String,
    pub body: Vec<u8>,
}

/// Fetches `document` at `url`.
///
/// # Errors
/// `application-address`, and those of [`HttpClient::send`].
pub(super) async fn fetch(
    http: &HttpClient,
    document: PublicDocument,
    url: &str,
) -> Result<FetchedDocument, UpstreamError> {
    let HttpAnswer { media_type, body, .. } = get(http, document, url).await?;
    Ok(FetchedDocument { media_type, body })
}

async fn get(http: &HttpClient, document: PublicDocument, url: &str) -> Result<HttpAnswer, UpstreamError> {
    let purpose = Purpose {
        connection: PARTY,
        operation: document.operation(),
        limit: document.limit(),
        network: None,
    };
    let request = Request::get(url).header(header::ACCEPT, document.accept()).body(Vec::new());
    let request = request.map_err(|_| no_url(purpose));
    let exchange = async { http.send(purpose, request?).await };
    let answer = exchange.await.map_err(|error| of_application(error, document.property()))?;
    if answer.status.is_success() {
        return Ok(answer);
    }
    let wanted = Document { check: "application-address", name: document.property(), url };
    Err(of_application(answer.unsuccessful(wanted), document.property()))
}

/// Fetches the key set of an application.
///
/// # Errors
/// `keys`, and those of [`fetch`].
pub(super) async fn fetch_keys(http: &HttpClient, url: &str) -> Result<KeySet, UpstreamError> {
    let answer = get(http, PublicDocument::KeySet, url).await?;
    let set = answer
        .into_object(Document { check: "keys", name: "the key set of the application", url })
        .map_err(|error| of_application(error, "jwks_uri"))?;
    KeySet::read(set.get("keys")).ok_or_else(|| {
        UpstreamError::invalid(
            "keys",
            format!("a key set with keys that verify signatures at {url}"),
            "none of RSA (2048 bits or more), P-256, P-384, P-521 or Ed25519",
            "Publish the public keys of the application at its jwks_uri.",
        )
    })
}

/// Posts `form` to `url` and returns the status of the answer, whose body is not looked at.
///
/// # Errors
/// Those of [`HttpClient::send`].
pub(super) async fn post_form(
    http: &HttpClient,
    operation: &'static str,
    url: &str,
    form: &[(&str, &str)],
) -> Result<u16, UpstreamError> {
    let purpose =
        Purpose { connection: PARTY, operation, limit: limits::OUTBOUND_ANSWER_BYTES, network: None };
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request::post(url)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "*/*")
        .body(body.into_bytes());
    let request = request.map_err(|_| no_url(purpose));
    let exchange = async { http.send(purpose, request?).await };
    let answer = exchange.await.map_err(|error| of_application(error, operation))?;
    Ok(answer.status.as_u16())
}

/// The same failure, to be mended by those who look after the application.
fn of_application(error: UpstreamError, what: &str) -> UpstreamError {
    let of_application = if what == PublicDocument::Logo.property() { "" } else { " of the application" };
    let advice = format!(
        "Check the {what} address{of_application}: it must answer in time, at a public https address (or one \
         that the operator of this hub added to VESTIBULE_OUTBOUND_ALLOW), without redirects."
    );
    UpstreamError { advice: advice.into(), ..error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::test_provider::{TestServer, answer, http_client, ok};
    use crate::upstream::{OutboundSettings, Upstream, UpstreamErrorKind};

    #[tokio::test]
    async fn documents_are_fetched_whole_bounded_and_without_redirects() {
        let server = TestServer::start(|request| match request.line.as_str() {
            "GET /good" => answer("200 OK", "Application/JWT; charset=utf-8", "a.b.c"),
            "GET /large" => ok(&"x".repeat(limits::AUTHORIZATION_REQUEST_BYTES + 1)),
            "GET /redirect" => b"HTTP/1.1 302 Found\r\nLocation: /good\r\nContent-Length: 0\r\n\r\n".to_vec(),
            _ => answer("404 Not Found", "text/html", "<p>no</p>"),
        });
        let http = http_client();
        let get = async |path: &str| {
            fetch(&http, PublicDocument::RequestObject, &format!("{}{path}", server.base)).await
        };
        let document = get("/good").await.unwrap();
        assert_eq!(
            (document.media_type.as_str(), document.body.as_slice()),
            ("application/jwt", &b"a.b.c"[..])
        );
        for (path, check) in [
            ("/large", "outbound-size"),
            ("/redirect", "application-address"),
            ("/nothing", "application-address"),
        ] {
            let error = get(path).await.unwrap_err();
            assert_eq!(error.check, check, "{path}");
            assert!(error.advice.contains("request_uri address of the application"), "{}", error.advice);
        }
        assert_eq!(server.requests("/good"), 1, "the redirect was not followed");
        assert!(fetch(&http, PublicDocument::RequestObject, "no address").await.is_err());
    }

    #[tokio::test]
    async fn a_form_is_posted_and_its_status_told() {
        let server = TestServer::start(|request| match request.line.as_str() {
            "POST /logout" => answer("204 No Content", "text/plain", ""),
            _ => answer("400 Bad Request", "application/json", "{}"),
        });
        let http = http_client();
        let post = async |path: &str| {
            let form = [("logout_token", "a+b&c")];
            post_form(&http, "backchannel-logout", &format!("{}{path}", server.base), &form).await
        };
        assert_eq!(post("/logout").await.unwrap(), 204);
        assert_eq!(post("/other").await.unwrap(), 400);
    }

    /// Incident 40 (CVE-2020-10770, CVE-2026-4366): an application's address makes us call the inside.
    #[tokio::test]
    async fn addresses_that_are_not_public_are_refused_before_a_connection_is_made() {
        let server = TestServer::start(|_| ok("{}"));
        let port = server.base.rsplit(':').next().unwrap();
        let strict = Upstream::new(OutboundSettings::default(), None).unwrap();
        for host in
            ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]"]
        {
            for scheme in ["http", "https"] {
                let url = format!("{scheme}://{host}:{port}/");
                for document in
                    [PublicDocument::KeySet, PublicDocument::RequestObject, PublicDocument::SectorIdentifier]
                {
                    let error = strict.fetch_public(document, &url).await.unwrap_err();
                    assert_eq!(error.kind, UpstreamErrorKind::Guarded, "{url}");
                }
                let error = strict.post_public("backchannel-logout", &url, &[]).await.unwrap_err();
                assert_eq!(error.kind, UpstreamErrorKind::Guarded, "{url}");
            }
        }
        assert_eq!(server.connections(), 0);
    }
}
