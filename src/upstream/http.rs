//! The guarded HTTP client: every outbound request goes out here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{AGE, DATE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use reqwest::redirect;
use time::PrimitiveDateTime;
use time::macros::format_description;

use super::OutboundSettings;
use super::address_guard::{AddressGuard, GuardRefusal, GuardedResolver, Transport};
use super::certificate;
use super::error::{UpstreamError, printable};
use super::outbound_thread::OutboundThread;
use super::places::{Place, Places};
use super::trace::Trace;
use crate::domain::clock::Timestamp;
use crate::domain::diagnosis::Certificate;
use crate::domain::limits;
use crate::domain::network::Network;

/// Told of every exchange: connection name, operation, how long it took, whether a success came back.
pub type Observer = Arc<dyn Fn(&str, &'static str, Duration, bool) + Send + Sync>;

/// How long an exchange may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeouts {
    pub(super) connect: Duration,
    pub(super) total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_millis(limits::OUTBOUND_CONNECT_MILLIS),
            total: Duration::from_millis(limits::OUTBOUND_TOTAL_MILLIS),
        }
    }
}

/// What an exchange is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Purpose<'a> {
    /// The connection's name.
    pub(super) connection: &'a str,
    /// `discovery`, `keys`, `pushed request`, `token` or `userinfo`.
    pub(super) operation: &'static str,
    /// Bytes of an answer.
    pub(super) limit: usize,
    /// Of the person for whom it is, if it is for one.
    pub(super) network: Option<Network>,
}

/// An answer, read to its end.
pub(super) struct HttpAnswer {
    pub(super) status: StatusCode,
    /// Lower case, without parameters; empty where none was given.
    pub(super) media_type: String,
    /// `DPoP-Nonce` (RFC 9449 §8), where it is one that can be sent back.
    pub(super) proof_nonce: Option<String>,
    /// `WWW-Authenticate`; empty where none was given.
    pub(super) challenge: String,
    /// What the server's clock said, with the time the answer spent in caches (RFC 9110 §6.6.1, RFC 9111 §5.1).
    pub(super) date: Option<Timestamp>,
    /// `Location`; empty where none was given.
    pub(super) location: String,
    /// The certificate of the host, DER; `None` by plain http.
    pub(super) certificate: Option<Vec<u8>>,
    pub(super) body: Vec<u8>,
}

impl std::fmt::Debug for HttpAnswer {
    /// Without the body, which may hold tokens.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpAnswer").field("status", &self.status).finish_non_exhaustive()
    }
}

/// No redirects, no proxy, no compression, no address that is not public; bounded in time and size. Cheap to clone.
#[derive(Clone)]
pub(super) struct HttpClient {
    https: reqwest::Client,
    /// Only where the operator allowed addresses: plain http goes to no other.
    plain: Option<reqwest::Client>,
    guard: Arc<AddressGuard>,
    thread: Arc<OutboundThread>,
    places: Arc<Places>,
    observer: Option<Observer>,
    trace: Trace,
}

impl HttpClient {
    pub(super) fn new(
        settings: OutboundSettings,
        timeouts: Timeouts,
        observer: Option<Observer>,
    ) -> Result<Self, UpstreamError> {
        let guard = Arc::new(AddressGuard::new(settings.allow));
        let roots = match settings.extra_ca_pem {
            Some(pem) => extra_roots(&pem)?,
            None => Vec::new(),
        };
        let builder = |transport| builder(&guard, transport, timeouts);
        let https = builder(Transport::Https)
            .https_only(true)
            .tls_info(true)
            .tls_certs_merge(roots.clone())
            .build()
            // A machine without root certificates starts all the same: it then knows the extra ones alone.
            .or_else(|_| {
                builder(Transport::Https).https_only(true).tls_info(true).tls_certs_only(roots).build()
            })
            .map_err(|error| cannot_start(&error))?;
        let plain = if guard.knows_plain_http() {
            let client = builder(Transport::PlainHttp).tls_certs_only([]).build();
            Some(client.map_err(|error| cannot_start(&error))?)
        } else {
            None
        };
        let thread = Arc::new(OutboundThread::start().map_err(|error| cannot_start(&error))?);
        let places = Arc::new(Places::new(timeouts.connect));
        Ok(Self { https, plain, guard, thread, places, observer, trace: Trace::off() })
    }

    /// The same client, which notes in `trace` what it does.
    pub(super) fn noting_in(&self, trace: Trace) -> Self {
        Self { trace, ..self.clone() }
    }

    pub(super) fn trace(&self) -> &Trace {
        &self.trace
    }

    pub(super) fn guard(&self) -> &AddressGuard {
        &self.guard
    }

    pub(super) fn thread(&self) -> &OutboundThread {
        &self.thread
    }

    /// Fetches the document at `url`.
    ///
    /// # Errors
    /// Those of [`HttpClient::send`].
    pub(super) async fn get(&self, purpose: Purpose<'_>, url: &str) -> Result<HttpAnswer, UpstreamError> {
        let request = Request::get(url).header(http::header::ACCEPT, "application/json").body(Vec::new());
        self.send(purpose, request.map_err(|_| no_url(purpose))?).await
    }

    /// Sends `request` and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// [`UpstreamError`] where no whole answer came: `outbound-address`, `outbound-busy`, `outbound-connect`,
    /// `outbound-timeout`, `outbound-size`, `outbound-exchange`.
    pub(super) async fn send(
        &self,
        purpose: Purpose<'_>,
        request: Request<Vec<u8>>,
    ) -> Result<HttpAnswer, UpstreamError> {
        let started = Instant::now();
        let asked = self.trace.exchange_begins(purpose.operation, &request);
        let outcome = self.attempt(purpose, request).await;
        let told = outcome.as_ref().map(|answer| answer.status.as_u16()).map_err(|error| error.check);
        self.trace.exchange_ends(asked, told);
        if let Some(observer) = &self.observer {
            let succeeded = outcome.as_ref().is_ok_and(|answer| answer.status.is_success());
            observer(purpose.connection, purpose.operation, started.elapsed(), succeeded);
        }
        outcome
    }

    /// How the host of `url`, which is an https one, proves who it is; `None` where it is not reached at all.
    pub(super) async fn certificate(&self, url: url::Url) -> Option<Certificate> {
        let request = reqwest::Request::new(Method::HEAD, url);
        let (connection, limit) = ("(certificates)", limits::OUTBOUND_ANSWER_BYTES);
        let purpose = Purpose { connection, operation: "certificate", limit, network: None };
        match self.exchange(purpose, request).await {
            Ok(answer) => Some(Certificate::Trusted {
                ends_at: answer.certificate.as_deref().and_then(certificate::ends_at),
            }),
            Err(Failure::Certificate(certificate, _)) => Some(certificate),
            Err(_) => None,
        }
    }

    async fn attempt(
        &self,
        purpose: Purpose<'_>,
        request: Request<Vec<u8>>,
    ) -> Result<HttpAnswer, UpstreamError> {
        let request = reqwest::Request::try_from(request).map_err(|_| no_url(purpose))?;
        let target = request.url().host_str().unwrap_or_default().to_owned();
        let outcome = self.exchange(purpose, request).await;
        outcome.map_err(|failure| explain(failure, purpose, &target))
    }

    /// On behalf of a connection, which has so many places at each host.
    async fn exchange(&self, purpose: Purpose<'_>, request: reqwest::Request) -> Result<HttpAnswer, Failure> {
        let client = match (self.guard.admit_url(request.url())?, &self.plain) {
            (Transport::Https, _) => &self.https,
            (Transport::PlainHttp, Some(plain)) => plain,
            (Transport::PlainHttp, None) => return Err(GuardRefusal::Scheme.into()),
        };
        let host = request.url().host_str().unwrap_or_default();
        let place = self.places.take(purpose.connection, host, purpose.network).await.ok_or(Failure::Busy)?;
        match self.thread.run(exchange(client.clone(), request, purpose.limit, place)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::Exchange("this hub is stopping".into())),
        }
    }
}

fn builder(guard: &Arc<AddressGuard>, transport: Transport, timeouts: Timeouts) -> reqwest::ClientBuilder {
    #[expect(clippy::disallowed_methods, reason = "the one place where the guard is put around the client")]
    let builder = reqwest::Client::builder();
    builder
        .dns_resolver(Arc::new(GuardedResolver { guard: Arc::clone(guard), transport }))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.total)
        .pool_idle_timeout(Duration::from_secs(limits::OUTBOUND_IDLE_SECONDS))
        .user_agent(concat!("vestibule/", env!("CARGO_PKG_VERSION")))
}

fn extra_roots(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, UpstreamError> {
    match reqwest::Certificate::from_pem_bundle(pem) {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        Ok(_) | Err(_) => Err(UpstreamError::misconfigured(
            "outbound-roots",
            "certificates in PEM form",
            "a file without a readable certificate",
            "Put the PEM certificates of your certificate authority into VESTIBULE_OUTBOUND_CA_FILE.",
        )),
    }
}

fn cannot_start(error: &(dyn std::error::Error + 'static)) -> UpstreamError {
    UpstreamError::misconfigured(
        "outbound-start",
        "an HTTP client",
        printable(&innermost(error).to_string(), &[]),
        "Check VESTIBULE_OUTBOUND_CA_FILE and the limits of this machine.",
    )
}

pub(super) fn no_url(purpose: Purpose<'_>) -> UpstreamError {
    UpstreamError::misconfigured(
        "outbound-address",
        "a URL",
        "a text that is none",
        format!("Correct the {} URL of this connection.", purpose.operation),
    )
}

/// Why no whole answer came.
#[derive(Debug)]
enum Failure {
    Guarded(GuardRefusal),
    Busy,
    Connect(String),
    /// The host did not prove who it is; in the words of the library too.
    Certificate(Certificate, String),
    Timeout,
    TooLarge,
    Exchange(String),
}

impl From<GuardRefusal> for Failure {
    fn from(refusal: GuardRefusal) -> Self {
        Self::Guarded(refusal)
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        let innermost = innermost(&error);
        if let Some(refusal) = innermost.downcast_ref::<GuardRefusal>() {
            Self::Guarded(refusal.clone())
        } else if error.is_timeout() {
            Self::Timeout
        } else if let Some(certificate) = certificate::fault(&error) {
            Self::Certificate(certificate, innermost.to_string())
        } else if error.is_connect() {
            Self::Connect(innermost.to_string())
        } else {
            Self::Exchange(innermost.to_string())
        }
    }
}

fn innermost<'a>(error: &'a (dyn std::error::Error + 'static)) -> &'a (dyn std::error::Error + 'static) {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost
}

async fn exchange(
    client: reqwest::Client,
    request: reqwest::Request,
    limit: usize,
    _place: Place,
) -> Result<HttpAnswer, Failure> {
    let mut response = client.execute(request).await?;
    let announced = response.content_length().unwrap_or_default();
    if usize::try_from(announced).map_or(true, |announced| announced > limit) {
        return Err(Failure::TooLarge);
    }
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or_default());
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > limit {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let header = |name: &str| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let content_type = header("content-type");
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let nonce = header("dpop-nonce");
    let tls = response.extensions().get::<reqwest::tls::TlsInfo>();
    Ok(HttpAnswer {
        status: response.status(),
        certificate: tls.and_then(|tls| tls.peer_certificate().map(<[u8]>::to_vec)),
        location: header("location"),
        media_type,
        date: date(response.headers()),
        proof_nonce: (1..=limits::PROOF_NONCE_BYTES).contains(&nonce.len()).then_some(nonce),
        challenge: header("www-authenticate"),
        body,
    })
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let written = PrimitiveDateTime::parse(text(DATE)?, format).ok()?.assume_utc().unix_timestamp();
    let age = text(AGE).and_then(|age| age.trim().parse::<u32>().ok()).unwrap_or_default();
    Some(Timestamp::from_seconds(written).plus_seconds(i64::from(age)))
}

fn explain(failure: Failure, purpose: Purpose<'_>, target: &str) -> UpstreamError {
    let Purpose { operation, limit, .. } = purpose;
    let target = printable(target, &[]);
    match failure {
        Failure::Guarded(refusal) => UpstreamError::guarded(
            "outbound-address",
            format!("a {operation} URL with https at a public address"),
            printable(&refusal.to_string(), &[]),
            format!(
                "Use the public https address of the provider for the {operation} URL; if {target} is meant, \
                 the operator of this hub adds its network to VESTIBULE_OUTBOUND_ALLOW.",
            ),
        ),
        Failure::Busy => UpstreamError::unreachable(
            "outbound-busy",
            format!("fewer than {} exchanges with {target} at the same time", limits::EXCHANGES_PER_PROVIDER),
            "so many that wait for its answers",
            format!("Your provider at {target} answers too slowly; check its health."),
        ),
        Failure::Connect(reason) | Failure::Certificate(_, reason) => UpstreamError::unreachable(
            "outbound-connect",
            format!("a connection to {target} ({operation})"),
            printable(&reason, &[]),
            format!(
                "Make {target} reachable from this hub, with a certificate that a public authority (or one in \
                 VESTIBULE_OUTBOUND_CA_FILE) has signed for that name.",
            ),
        ),
        Failure::Timeout => UpstreamError::unreachable(
            "outbound-timeout",
            format!("an answer from {target} ({operation}) in time"),
            "none",
            format!("Your provider at {target} does not answer in time; check its health."),
        ),
        Failure::TooLarge => UpstreamError::invalid(
            "outbound-size",
            format!("an answer of at most {limit} bytes from {target} ({operation})"),
            "a larger one",
            format!("Make the answer of your provider at {target} smaller, or correct the {operation} URL."),
        ),
        Failure::Exchange(reason) => UpstreamError::unreachable(
            "outbound-exchange",
            format!("a whole HTTP answer from {target} ({operation})"),
            printable(&reason, &[]),
            format!("Your provider at {target} breaks off its answers; check its health."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::upstream::UpstreamErrorKind;
    use crate::upstream::test_provider::{TestServer, answer, http_client, loopback, ok, short_timeouts};

    const PURPOSE: Purpose<'_> =
        Purpose { connection: "acme", operation: "keys", limit: 1000, network: None };

    #[tokio::test]
    async fn answers_are_bounded_in_size_and_time_and_redirects_are_not_followed() {
        let server = TestServer::start(|request| match request.line.as_str() {
            "GET /exact" => ok(&"x".repeat(1000)),
            "GET /announced" => ok(&"x".repeat(1001)),
            "GET /chunked" => {
                let chunk = format!("100\r\n{}\r\n", "x".repeat(256)).repeat(100_000);
                format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}").into()
            }
            "GET /cut" => b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc".to_vec(),
            "GET /silent" => Vec::new(),
            "GET /garbage" => b"\x16\x03\x01 this is not HTTP\r\n\r\n".to_vec(),
            "GET /redirect" => {
                b"HTTP/1.1 302 Found\r\nLocation: /exact\r\nContent-Length: 0\r\n\r\n".to_vec()
            }
            _ => answer("404 Not Found", "text/html", "<p>no</p>"),
        });
        let http = http_client();
        let get = async |path: &str| http.get(PURPOSE, &format!("{}{path}", server.base)).await;
        assert_eq!(get("/exact").await.unwrap().body.len(), 1000);
        assert_eq!(get("/redirect").await.unwrap().status, 302);
        assert_eq!(server.requests("/exact"), 1, "the redirect was not followed");
        for (path, check) in [
            ("/announced", "outbound-size"),
            ("/chunked", "outbound-size"),
            ("/cut", "outbound-timeout"),
            ("/silent", "outbound-timeout"),
            ("/garbage", "outbound-exchange"),
        ] {
            assert_eq!(get(path).await.unwrap_err().check, check, "{path}");
        }
        assert_eq!(http.get(PURPOSE, "http://127.0.0.1:1/").await.unwrap_err().check, "outbound-connect");
    }

    #[tokio::test]
    async fn names_and_literals_that_are_not_public_are_refused_before_a_connection_is_made() {
        let server = TestServer::start(|_| ok("{}"));
        let port = server.base.rsplit(':').next().unwrap();
        let strict = HttpClient::new(OutboundSettings::default(), short_timeouts(), None).unwrap();
        for url in [
            format!("https://localhost:{port}/"),
            format!("https://127.0.0.1:{port}/"),
            format!("https://2130706433:{port}/"),
            format!("http://localhost:{port}/"),
            "https://user:pass@localhost/".into(),
        ] {
            let error = strict.get(PURPOSE, &url).await.unwrap_err();
            assert_eq!(
                (error.kind.clone(), error.check),
                (UpstreamErrorKind::Guarded, "outbound-address"),
                "{url}"
            );
            assert!(!error.to_string().contains("pass@"), "{error}");
        }
        assert_eq!(server.connections(), 0);
        let elsewhere = OutboundSettings { allow: vec!["10.0.0.0/8".parse().unwrap()], extra_ca_pem: None };
        let elsewhere = HttpClient::new(elsewhere, short_timeouts(), None).unwrap();
        let error = elsewhere.get(PURPOSE, &format!("http://localhost:{port}/")).await.unwrap_err();
        assert_eq!(error.kind, UpstreamErrorKind::Guarded);
        assert_eq!(server.connections(), 0);
        http_client().get(PURPOSE, &format!("http://localhost:{port}/")).await.unwrap();
    }

    #[test]
    fn connections_outlive_the_runtime_they_were_first_used_from() {
        let server = TestServer::start(|_| ok("{}"));
        let http = http_client();
        for _ in 0..3 {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(http.get(PURPOSE, &server.base)).unwrap();
        }
        assert_eq!(server.connections(), 1);
    }

    #[tokio::test]
    async fn every_exchange_is_observed() {
        let server = TestServer::start(|_| answer("500 Oops", "text/plain", ""));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let observer: Observer = {
            let seen = Arc::clone(&seen);
            Arc::new(move |connection, operation, _, succeeded| {
                seen.lock().unwrap().push((connection.to_owned(), operation, succeeded));
            })
        };
        let http = HttpClient::new(loopback(), short_timeouts(), Some(observer)).unwrap();
        http.get(PURPOSE, &server.base).await.unwrap();
        assert_eq!(*seen.lock().unwrap(), [("acme".to_owned(), "keys", false)]);
    }

    #[tokio::test]
    async fn tls_is_verified_against_the_system_roots_and_the_extra_ones() {
        let certified = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        let base = tls_server(&certified);
        let knowing = |pem: Option<String>| {
            let settings = OutboundSettings { extra_ca_pem: pem.map(String::into_bytes), ..loopback() };
            HttpClient::new(settings, short_timeouts(), None).unwrap()
        };
        let known = knowing(Some(certified.cert.pem()));
        assert_eq!(known.get(PURPOSE, &base).await.unwrap().body, b"{}");
        let other_name = base.replace("localhost", "127.0.0.1");
        assert_eq!(known.get(PURPOSE, &other_name).await.unwrap_err().check, "outbound-connect");
        let stranger = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        for pem in [None, Some(stranger.cert.pem())] {
            let error = knowing(pem).get(PURPOSE, &base).await.unwrap_err();
            assert_eq!(error.check, "outbound-connect");
            assert!(error.came.contains("certificate"), "{error}");
        }
    }

    /// A server that answers `{}` over TLS.
    fn tls_server(certified: &rcgen::CertifiedKey<rcgen::KeyPair>) -> String {
        use std::io::{Read as _, Write as _};
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = certified.signing_key.serialize_der().try_into().unwrap();
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
        let (config, listener) = (Arc::new(config), std::net::TcpListener::bind("127.0.0.1:0").unwrap());
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = rustls::StreamOwned::new(connection, stream);
                if stream.read(&mut [0; 4096]).is_ok_and(|length| length > 0) {
                    stream.write_all(&ok("{}")).unwrap();
                }
            }
        });
        format!("https://localhost:{port}")
    }

    #[test]
    fn extra_roots_are_certificates() {
        for pem in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let settings = OutboundSettings { extra_ca_pem: Some(pem.into()), ..OutboundSettings::default() };
            assert!(HttpClient::new(settings, Timeouts::default(), None).is_err(), "{pem}");
        }
    }
}
