//! A provider on a real socket for the tests beside it: every answer is a function of the request.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::http::{HttpClient, Timeouts};
use super::{OutboundSettings, Provider, Upstream};
use crate::crypto::jws::Algorithm;
use crate::crypto::signing::{KeyType, SigningKey};
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, OidcOptions, Strategy};
use crate::domain::secret::Secret;

pub(super) const CLIENT_ID: &str = "client-1";
pub(super) const CLIENT_SECRET: &str = "s3cr3t+/&=%é";
pub(super) const REDIRECT_URI: &str = "https://hub.example/login/callback";
pub(super) const NONCE: &str = "nonce-of-this-login";
pub(super) const CODE: &str = "code-of-this-login";
pub(super) const ACCESS_TOKEN: &str = "access-token-of-this-login";

pub(super) fn now() -> Timestamp {
    Timestamp::from_seconds(1_795_000_000)
}

pub(super) fn loopback() -> OutboundSettings {
    let allow = vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
    OutboundSettings { allow, extra_ca_pem: None }
}

/// Short ones, for tests of slow providers.
pub(super) fn short_timeouts() -> Timeouts {
    Timeouts { connect: Duration::from_millis(500), total: Duration::from_secs(1) }
}

pub(super) fn http_client() -> Arc<HttpClient> {
    Arc::new(HttpClient::new(loopback(), short_timeouts(), None).unwrap())
}

pub(super) fn upstream() -> Upstream {
    Upstream::new(loopback(), None).unwrap()
}

/// A back-channel connection found by discovery at `base`.
pub(super) fn connection(base: &str) -> Connection {
    Connection {
        id: "con_0123456789abcdef".into(),
        name: "acme".into(),
        strategy: Strategy::Oidc,
        display_name: "Acme".into(),
        is_enabled: true,
        is_domain_connection: false,
        show_as_button: true,
        realms: Vec::new(),
        metadata: BTreeMap::new(),
        enabled_clients: BTreeSet::new(),
        options: OidcOptions {
            discovery_url: Some(base.to_owned()),
            client_id: CLIENT_ID.into(),
            ..OidcOptions::default()
        },
        client_secret: Some(Secret::new(CLIENT_SECRET)),
        logo_sha256: None,
        created_at: now(),
        updated_at: now(),
        version: 1,
    }
}

pub(super) struct TestRequest {
    /// `http://127.0.0.1:PORT`.
    pub(super) base: String,
    /// `POST /token`.
    pub(super) line: String,
    /// Names in lower case.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

/// A whole answer as bytes; empty: say nothing, ever.
pub(super) type TestAnswer = Vec<u8>;

pub(super) fn answer(status: &str, media_type: &str, body: &str) -> TestAnswer {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n{body}")
        .into()
}

pub(super) fn ok(body: &str) -> TestAnswer {
    answer("200 OK", "application/json", body)
}

pub(super) struct TestServer {
    pub(super) base: String,
    /// The request lines so far.
    lines: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl TestServer {
    pub(super) fn start(answer: impl Fn(&TestRequest) -> TestAnswer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { base: base.clone(), lines: Arc::default(), connections: Arc::default() };
        let (lines, connections) = (Arc::clone(&server.lines), Arc::clone(&server.connections));
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::Relaxed);
                let (base, lines, answer) = (base.clone(), Arc::clone(&lines), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &base, &lines, answer.as_ref()));
            }
        });
        server
    }

    /// How many requests there were so far to `path`.
    pub(super) fn requests(&self, path: &str) -> usize {
        self.lines.lock().unwrap().iter().filter(|line| line.contains(path)).count()
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

fn serve(
    stream: TcpStream,
    base: &str,
    lines: &Mutex<Vec<String>>,
    answer: &(dyn Fn(&TestRequest) -> TestAnswer + Send + Sync),
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if line == "\r\n" {
                break;
            }
            head.push(line.trim_end().to_owned());
        }
        let headers: BTreeMap<String, String> = head[1..]
            .iter()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let line = head[0].trim_end_matches(" HTTP/1.1").to_owned();
        lines.lock().unwrap().push(line.clone());
        let request =
            TestRequest { base: base.to_owned(), line, headers, body: String::from_utf8(body).unwrap() };
        let answer = answer(&request);
        if answer.is_empty() {
            std::thread::sleep(Duration::from_secs(5));
            return;
        }
        if writer.write_all(&answer).is_err() {
            return;
        }
    }
}

/// Signs what a provider says.
pub(super) struct Signer {
    pub(super) key: SigningKey,
    pub(super) algorithm: Algorithm,
}

impl Signer {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        let key_type = KeyType::for_algorithm(algorithm).unwrap();
        let pkcs8 = SigningKey::generate_pkcs8(key_type).unwrap();
        Self { key: SigningKey::from_pkcs8(key_type, &pkcs8).unwrap(), algorithm }
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        self.key.sign(self.algorithm, "JWT", claims).unwrap()
    }

    pub(super) fn jwk(&self) -> Value {
        self.key.public_jwk().clone()
    }
}

/// A token with a header and signature of one's own choice.
pub(super) fn raw_token(header: &Value, claims: &str, signature: &[u8]) -> String {
    let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    format!("{}.{}.{}", encode(header.to_string().as_bytes()), encode(claims.as_bytes()), encode(signature))
}

/// The claims of a good ID token of `issuer`.
pub(super) fn good_claims(issuer: &str) -> Value {
    json!({
        "iss": issuer,
        "sub": "person-1",
        "aud": CLIENT_ID,
        "exp": now().seconds() + 300,
        "iat": now().seconds(),
        "nonce": NONCE,
    })
}

/// A metadata document with every endpoint at `base`.
pub(super) fn metadata(base: &str) -> Value {
    json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "jwks_uri": format!("{base}/keys"),
        "userinfo_endpoint": format!("{base}/userinfo"),
    })
}

/// A provider at `base`, as discovery would find it.
pub(super) fn provider(base: &str) -> Provider {
    Provider {
        issuer: base.to_owned(),
        tenant_ids: Vec::new(),
        pushed_request_endpoint: None,
        proof_algorithms: None,
        authorization_endpoint: format!("{base}/authorize"),
        token_endpoint: Some(format!("{base}/token")),
        userinfo_endpoint: Some(format!("{base}/userinfo")),
        end_session_endpoint: None,
        jwks_uri: format!("{base}/keys"),
        pkce_methods: Vec::new(),
        names_issuer_in_answers: false,
        adopted_sha256: None,
        document_sha256: None,
        held_back: None,
        document: None,
        keys: Arc::default(),
    }
}
