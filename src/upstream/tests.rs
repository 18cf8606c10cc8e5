//! Whole conversations with a provider on a real socket.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::{Value, json};

use super::test_provider::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, CODE, NONCE, REDIRECT_URI, Signer, TestAnswer, TestRequest,
    TestServer, answer, connection, good_claims, loopback, metadata, now, ok, raw_token, short_timeouts,
    upstream,
};
use super::*;
use crate::crypto::jws::Algorithm;
use crate::domain::connection::{CallUserInfo, Channel, TokenEndpointAuthMethod};
use crate::domain::limits;

const VERIFIER: &str = "verifier-of-this-login-0123456789-0123456789";

fn ours() -> OurSide<'static> {
    OurSide {
        keys: Box::leak(Box::default()),
        random: Box::leak(Box::default()),
        adopted: None,
        network: None,
    }
}

fn expected() -> Expected<'static> {
    Expected {
        redirect_uri: REDIRECT_URI,
        nonce: NONCE,
        pkce_verifier: Some(VERIFIER),
        max_age: None,
        sent_at: now().plus_seconds(-30),
        ours: ours(),
    }
}

fn pairs(pairs: &[(&str, &str)], mode: AnswerMode) -> ProviderAnswer {
    let pairs: Vec<_> = pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    ProviderAnswer::parse(&pairs, mode).unwrap()
}

fn with_code() -> ProviderAnswer {
    pairs(&[("code", CODE), ("state", "s")], AnswerMode::Query)
}

fn with_id_token(token: &str) -> ProviderAnswer {
    pairs(&[("id_token", token), ("state", "s")], AnswerMode::FormPost)
}

/// A well-behaved provider whose answer to `line` is replaced by what `odd` makes of the request.
fn provider_but(
    line: &'static str,
    odd: impl Fn(&TestRequest, &Signer) -> TestAnswer + Send + Sync + 'static,
) -> TestServer {
    let signer = Signer::new(Algorithm::ES256);
    TestServer::start(move |request| match request.line.as_str() {
        asked if asked == line => odd(request, &signer),
        "GET /.well-known/openid-configuration" => ok(&metadata(&request.base).to_string()),
        "GET /keys" => ok(&json!({"keys": [signer.jwk()]}).to_string()),
        "POST /token" => ok(&tokens(&signer.sign(&good_claims(&request.base))).to_string()),
        "GET /userinfo" => ok(&json!({"sub": "person-1", "department": "R&D"}).to_string()),
        _ => answer("404 Not Found", "text/plain", "no"),
    })
}

fn good_provider() -> TestServer {
    provider_but("nothing", |_, _| Vec::new())
}

fn tokens(id_token: &str) -> Value {
    json!({"access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 300, "id_token": id_token})
}

fn decode_form(body: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn a_back_channel_login_arrives_with_every_claim() {
    let server = good_provider();
    let upstream = upstream();
    for _ in 0..3 {
        let arrival =
            upstream.complete(&connection(&server.base), expected(), with_code(), now()).await.unwrap();
        assert_eq!((arrival.issuer.as_str(), arrival.subject.as_str()), (server.base.as_str(), "person-1"));
        assert_eq!(Value::Object(arrival.claims), good_claims(&server.base));
        assert_eq!(arrival.userinfo, None);
    }
    assert_eq!(server.requests("/.well-known"), 1);
    assert_eq!(server.requests("/keys"), 1);
    assert_eq!(server.requests("/token"), 3);
    assert_eq!(server.connections(), 1, "one connection, kept open");
    let (document, fetched_at) = upstream.metadata_document(&connection("").id).unwrap();
    assert_eq!((document, fetched_at), (metadata(&server.base), now()));
    upstream.forget(&connection("").id);
    assert_eq!(upstream.metadata_document(&connection("").id), None);
}

#[tokio::test]
async fn the_code_is_redeemed_with_verifier_redirect_uri_and_the_clients_own_authentication() {
    for (method, secret_in_form, has_header) in [
        (TokenEndpointAuthMethod::ClientSecretPost, true, false),
        (TokenEndpointAuthMethod::ClientSecretBasic, false, true),
        (TokenEndpointAuthMethod::None, false, false),
    ] {
        let seen = Arc::new(Mutex::new(None));
        let server = {
            let seen = Arc::clone(&seen);
            provider_but("POST /token", move |request, signer| {
                let header = request.headers.get("authorization").cloned();
                *seen.lock().unwrap() = Some((decode_form(&request.body), header));
                assert_eq!(request.headers["accept"], "application/json");
                assert!(!request.headers.contains_key("accept-encoding"));
                ok(&tokens(&signer.sign(&good_claims(&request.base))).to_string())
            })
        };
        let mut connection = connection(&server.base);
        connection.options.token_endpoint_auth_method = method;
        upstream().complete(&connection, expected(), with_code(), now()).await.unwrap();
        let (form, header) = seen.lock().unwrap().take().unwrap();
        let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        assert_eq!(field("grant_type"), Some("authorization_code"));
        assert_eq!(field("code"), Some(CODE));
        assert_eq!(field("redirect_uri"), Some(REDIRECT_URI));
        assert_eq!(field("code_verifier"), Some(VERIFIER));
        assert_eq!(field("client_secret"), secret_in_form.then_some(CLIENT_SECRET));
        assert_eq!(field("client_id"), (!has_header).then_some(CLIENT_ID));
        // RFC 6749 §2.3.1: both halves are form-encoded first.
        let basic = "Basic Y2xpZW50LTE6czNjcjN0JTJCJTJGJTI2JTNEJTI1JUMzJUE5";
        assert_eq!(header.as_deref(), has_header.then_some(basic));
    }
}

#[tokio::test]
async fn a_front_channel_login_needs_no_token_endpoint() {
    let signer = Arc::new(Signer::new(Algorithm::RS256));
    let server = {
        let signer = Arc::clone(&signer);
        TestServer::start(move |request| match request.line.as_str() {
            "GET /keys" => ok(&json!({"keys": [signer.jwk()]}).to_string()),
            _ => answer("500 Oops", "text/plain", "nobody should ask this"),
        })
    };
    let mut connection = connection(&server.base);
    connection.options.channel = Channel::FrontChannel;
    connection.options.call_userinfo = CallUserInfo::Always;
    connection.options.discovery_url = None;
    connection.options.issuer = Some("accounts.acme.example".into());
    connection.options.authorization_endpoint = Some(format!("{}/authorize", server.base));
    connection.options.jwks_uri = Some(format!("{}/keys", server.base));
    let token = signer.sign(&good_claims("accounts.acme.example"));
    let upstream = upstream();
    let arrival = upstream.complete(&connection, expected(), with_id_token(&token), now()).await.unwrap();
    assert_eq!(arrival.subject, "person-1");
    assert_eq!(arrival.userinfo, None, "never in the front channel");
    assert_eq!(server.connections(), 1);
    let error = upstream.complete(&connection, expected(), with_code(), now()).await.unwrap_err();
    assert_eq!(error.check, "answer-mode");
    let flipped = flip_a_bit_of_the_signature(&token);
    let error = upstream.complete(&connection, expected(), with_id_token(&flipped), now()).await.unwrap_err();
    assert_eq!(error.check, "id-token-signature");
}

fn flip_a_bit_of_the_signature(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let replacement = if signature.starts_with('A') { "B" } else { "A" };
    format!("{signed}.{replacement}{}", &signature[1..])
}

#[tokio::test]
async fn id_tokens_that_are_not_properly_signed_are_refused() {
    type Forge = fn(&Signer, &Value) -> String;
    let forgeries: [(&str, Forge, &str); 11] = [
        (
            "none",
            |_, claims| raw_token(&json!({"alg": "none"}), &claims.to_string(), b""),
            "id-token-algorithm",
        ),
        (
            "nOnE",
            |_, claims| raw_token(&json!({"alg": "nOnE"}), &claims.to_string(), b""),
            "id-token-algorithm",
        ),
        (
            "HS256",
            |signer, claims| {
                raw_token(&json!({"alg": "HS256", "kid": signer.key.key_id}), &claims.to_string(), &[1; 32])
            },
            "id-token-algorithm",
        ),
        (
            "unsigned",
            |signer, claims| {
                raw_token(&json!({"alg": "ES256", "kid": signer.key.key_id}), &claims.to_string(), b"")
            },
            "id-token-signature",
        ),
        ("flipped", |signer, claims| flip_a_bit_of_the_signature(&signer.sign(claims)), "id-token-signature"),
        ("foreign key", |_, claims| Signer::new(Algorithm::ES256).sign(claims), "id-token-key"),
        (
            "key inside",
            |_, claims| {
                let own = Signer::new(Algorithm::ES256);
                let header = json!({"alg": "ES256", "jwk": own.jwk(), "jku": "https://evil.example/keys"});
                raw_token(&header, &claims.to_string(), &[7; 64])
            },
            "id-token-key",
        ),
        (
            "access token",
            |signer, claims| signer.key.sign(signer.algorithm, "at+jwt", claims).unwrap(),
            "id-token-type",
        ),
        (
            "logout token",
            |signer, claims| signer.key.sign(signer.algorithm, "application/Logout+JWT", claims).unwrap(),
            "id-token-type",
        ),
        ("encrypted", |_, _| "a.b.c.d.e".into(), "id-token-format"),
        ("bare JSON", |_, claims| claims.to_string(), "id-token-format"),
    ];
    for (name, forge, check) in forgeries {
        let server = provider_but("POST /token", move |request, signer| {
            ok(&tokens(&forge(signer, &good_claims(&request.base))).to_string())
        });
        let mut connection = connection(&server.base);
        connection.options.call_userinfo = CallUserInfo::Always;
        let error = upstream().complete(&connection, expected(), with_code(), now()).await.unwrap_err();
        assert_eq!(error.check, check, "{name}: {error}");
        assert_eq!(server.requests("/userinfo"), 0, "{name}: UserInfo does not make up for it");
    }
}

#[tokio::test]
async fn an_algorithm_not_allowed_for_the_connection_is_refused() {
    let server = good_provider();
    let mut connection = connection(&server.base);
    connection.options.id_token_signed_response_algs = Some(vec![Algorithm::RS256]);
    let error = upstream().complete(&connection, expected(), with_code(), now()).await.unwrap_err();
    assert_eq!((error.check, error.came.as_ref()), ("id-token-algorithm", "\"ES256\""));
    connection.options.id_token_signed_response_algs = Some(vec![Algorithm::RS256, Algorithm::ES256]);
    upstream().complete(&connection, expected(), with_code(), now()).await.unwrap();
}

#[tokio::test]
async fn odd_token_answers_pass_and_bad_ones_are_named() {
    type Odd = fn(&str) -> TestAnswer;
    let cases: [(&str, Odd, Option<&str>); 19] = [
        ("expires_in as text", |token| with(token, json!({"expires_in": "3600"})), None),
        ("scope as array", |token| with(token, json!({"scope": ["openid"], "expires_in": -1.5})), None),
        ("no token type", |token| with(token, json!({"token_type": null})), None),
        ("no access token", |token| with(token, json!({"access_token": null})), None),
        ("wrong content type", |token| answer("200 OK", "text/html", &tokens(token).to_string()), None),
        ("created", |token| answer("201 Created", "application/json", &tokens(token).to_string()), None),
        ("byte order mark", |token| ok(&format!("\u{feff}{}", tokens(token))), None),
        (
            "newline in access token",
            |token| with(token, json!({"access_token": "a\nb"})),
            Some("token-access-token"),
        ),
        (
            "letters in access token",
            |token| with(token, json!({"access_token": "é"})),
            Some("token-access-token"),
        ),
        ("no ID token", |token| with(token, json!({"id_token": null})), Some("token-id-token")),
        ("ID token as object", |token| with(token, json!({"id_token": {}})), Some("token-id-token")),
        ("a page", |_| answer("200 OK", "text/html", "<!doctype html><p>Sign in</p>"), Some("token-answer")),
        ("an array", |_| ok("[]"), Some("token-answer")),
        ("nothing", |_| ok(""), Some("token-answer")),
        (
            "a redirect",
            |_| b"HTTP/1.1 307 T\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n".to_vec(),
            Some("token-answer"),
        ),
        ("wrong client", |_| refusal("401 Unauthorized", "invalid_client"), Some("token-client")),
        ("wrong code", |_| refusal("400 Bad Request", "invalid_grant"), Some("token-code")),
        ("error with 200", |_| refusal("200 OK", "server_error"), Some("token-answer")),
        ("failing", |_| answer("503 Busy", "text/html", "<h1>later</h1>"), Some("token-answer")),
    ];
    for (name, odd, check) in cases {
        let server =
            provider_but(
                "POST /token",
                move |request, signer| odd(&signer.sign(&good_claims(&request.base))),
            );
        let outcome = upstream().complete(&connection(&server.base), expected(), with_code(), now()).await;
        if let Err(error) = &outcome {
            let words = format!("{error} {} {error:?}", error.advice);
            for secret in [CODE, CLIENT_SECRET, VERIFIER, ACCESS_TOKEN] {
                assert!(!words.contains(secret), "{name}: {words}");
            }
        }
        assert_eq!(outcome.err().map(|error| error.check), check, "{name}");
    }
}

/// Good tokens with some fields replaced.
fn with(id_token: &str, changes: Value) -> TestAnswer {
    let mut tokens = tokens(id_token);
    for (name, value) in changes.as_object().unwrap() {
        tokens[name] = value.clone();
    }
    ok(&tokens.to_string())
}

/// An error that repeats every secret it was sent.
fn refusal(status: &str, error: &str) -> TestAnswer {
    let description = format!("no {CLIENT_SECRET} and {CODE} with {VERIFIER}");
    answer(status, "application/json", &json!({"error": error, "error_description": description}).to_string())
}

#[tokio::test]
async fn userinfo_is_asked_when_wanted_and_only_believed_about_the_same_person() {
    type Say = fn(&TestRequest, &Signer) -> TestAnswer;
    let cases: [(&str, Say, Option<&str>); 11] = [
        ("plain", |_, _| ok(r#"{"sub":"person-1","email_verified":1}"#), None),
        ("signed", |_, signer| signed_userinfo(&json!({"sub": "person-1"}), signer), None),
        (
            "signed with origin",
            |request, signer| {
                signed_userinfo(&json!({"sub": "person-1", "iss": request.base, "aud": [CLIENT_ID]}), signer)
            },
            None,
        ),
        ("another person", |_, _| ok(r#"{"sub":"person-2"}"#), Some("userinfo-subject")),
        ("nobody", |_, _| ok(r#"{"email":"a@b.example"}"#), Some("userinfo-subject")),
        ("a number", |_, _| ok(r#"{"sub":1}"#), Some("userinfo-subject")),
        (
            "signed by another",
            |_, _| signed_userinfo(&json!({"sub": "person-1"}), &Signer::new(Algorithm::ES256)),
            Some("userinfo-key"),
        ),
        (
            "signed for another",
            |_, signer| signed_userinfo(&json!({"sub": "person-1", "aud": "client-2"}), signer),
            Some("userinfo-audience"),
        ),
        (
            "signed as another",
            |_, signer| signed_userinfo(&json!({"sub": "person-1", "iss": "https://evil.example"}), signer),
            Some("userinfo-issuer"),
        ),
        ("a page", |_, _| answer("200 OK", "text/html", "<p>"), Some("userinfo")),
        (
            "forbidden",
            |_, _| answer("403 Forbidden", "application/json", r#"{"sub":"person-1"}"#),
            Some("userinfo"),
        ),
    ];
    for (name, say, check) in cases {
        let server = provider_but("GET /userinfo", move |request, signer| {
            assert_eq!(request.headers["authorization"], format!("Bearer {ACCESS_TOKEN}"));
            say(request, signer)
        });
        let mut connection = connection(&server.base);
        connection.options.call_userinfo = CallUserInfo::WhenMapped;
        connection
            .options
            .attribute_map
            .attributes
            .insert("department".into(), json!("${context.userinfo.department}"));
        let outcome = upstream().complete(&connection, expected(), with_code(), now()).await;
        let asked = server.requests("/userinfo");
        assert_eq!(asked, 1, "{name}");
        match outcome {
            Ok(arrival) => {
                assert_eq!((arrival.userinfo.unwrap()["sub"].as_str(), check), (Some("person-1"), None))
            }
            Err(error) => assert_eq!(Some(error.check), check, "{name}: {error}"),
        }
    }
}

fn signed_userinfo(claims: &Value, signer: &Signer) -> TestAnswer {
    answer("200 OK", "application/jwt; charset=utf-8", &signer.sign(claims))
}

#[tokio::test]
async fn a_new_signing_key_is_fetched_at_once_and_unknown_ones_only_once_in_a_while() {
    let (old, new) = (Signer::new(Algorithm::ES256), Signer::new(Algorithm::ES256));
    let (old_jwk, new_jwk) = (old.jwk(), new.jwk());
    let fetches = Arc::new(AtomicUsize::new(0));
    let server = {
        let fetches = Arc::clone(&fetches);
        TestServer::start(move |request| match request.line.as_str() {
            "GET /keys" => match fetches.fetch_add(1, Ordering::SeqCst) {
                0 => ok(&json!({"keys": [old_jwk]}).to_string()),
                1 => ok(&json!({"keys": [old_jwk, new_jwk]}).to_string()),
                _ => ok("broken"),
            },
            _ => ok(&metadata(&request.base).to_string()),
        })
    };
    let mut connection = connection(&server.base);
    connection.options.channel = Channel::FrontChannel;
    let upstream = upstream();
    let complete = async |token: String, after: i64| {
        let at = now().plus_seconds(after);
        upstream.complete(&connection, expected(), with_id_token(&token), at).await.map(drop)
    };
    complete(old.sign(&good_claims(&server.base)), 0).await.unwrap();
    complete(new.sign(&good_claims(&server.base)), 0).await.unwrap();
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
    for _ in 0..5 {
        let stranger = Signer::new(Algorithm::ES256).sign(&good_claims(&server.base));
        assert_eq!(complete(stranger, 1).await.unwrap_err().check, "id-token-key");
    }
    assert_eq!(fetches.load(Ordering::SeqCst), 2, "cooling down");
    let stranger = Signer::new(Algorithm::ES256).sign(&good_claims(&server.base));
    let after = limits::KEY_REFETCH_COOLDOWN_SECONDS;
    assert_eq!(complete(stranger, after).await.unwrap_err().check, "keys");
    complete(new.sign(&good_claims(&server.base)), after).await.unwrap();
}

#[tokio::test]
async fn a_key_of_one_connection_never_verifies_for_another() {
    let (ours, theirs) = (good_provider(), good_provider());
    let upstream = upstream();
    let our_connection = connection(&ours.base);
    let mut their_connection = connection(&theirs.base);
    their_connection.id = "con_fedcba9876543210".into();
    upstream.complete(&our_connection, expected(), with_code(), now()).await.unwrap();
    upstream.complete(&their_connection, expected(), with_code(), now()).await.unwrap();
    // The same connection pointed elsewhere keeps nothing of before either.
    let mut moved = our_connection.clone();
    moved.options.discovery_url = Some(theirs.base.clone());
    let arrival = upstream.complete(&moved, expected(), with_code(), now()).await.unwrap();
    assert_eq!(arrival.issuer, theirs.base);
    assert_eq!(theirs.requests("/keys"), 2);
}

#[tokio::test]
async fn explicit_endpoints_win_and_missing_ones_are_looked_for_at_the_issuer() {
    let server = good_provider();
    let upstream = upstream();
    let mut connection = connection(&server.base);
    connection.options.authorization_endpoint = Some("https://login.acme.example/start".into());
    let provider = upstream.provider(&connection, None, now()).await.unwrap();
    assert_eq!(provider.authorization_endpoint, "https://login.acme.example/start");
    assert_eq!(provider.token_endpoint, Some(format!("{}/token", server.base)));

    connection.options.discovery_url = None;
    connection.options.issuer = Some(server.base.clone());
    let provider = upstream.provider(&connection, None, now()).await.unwrap();
    assert_eq!(provider.jwks_uri, format!("{}/keys", server.base));

    connection.options.issuer = Some(format!("{}/nowhere", server.base));
    let error = upstream.provider(&connection, None, now()).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.check), (UpstreamErrorKind::Invalid, "discovery"));
    assert!(error.expected.ends_with("because this connection has no token_endpoint, jwks_uri"), "{error}");

    connection.options.issuer = None;
    let error = upstream.provider(&connection, None, now()).await.unwrap_err();
    assert_eq!((error.kind, error.check), (UpstreamErrorKind::Misconfigured, "metadata"));
}

#[tokio::test]
async fn endpoints_a_provider_names_are_guarded_like_those_an_administrator_enters() {
    for (name, endpoint) in [
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("authorization_endpoint", json!("https://idp.example/#fragment")),
        ("token_endpoint", json!("https://169.254.169.254/latest/meta-data")),
        ("jwks_uri", json!("file:///etc/passwd")),
        ("jwks_uri", json!("http://10.0.0.1/keys")),
        ("token_endpoint", json!("/token")),
    ] {
        let server = TestServer::start(move |request| {
            let mut metadata = metadata(&request.base);
            metadata[name] = endpoint.clone();
            ok(&metadata.to_string())
        });
        let error = upstream().provider(&connection(&server.base), None, now()).await.unwrap_err();
        assert_eq!(error.check, "metadata-endpoint", "{name}: {error}");
    }
}

#[tokio::test]
async fn a_silent_provider_delays_nobody_else() {
    let silent = TestServer::start(|_| Vec::new());
    let good = good_provider();
    let upstream = Upstream::with_timeouts(loopback(), None, short_timeouts()).unwrap();
    let mut stuck = connection(&silent.base);
    stuck.id = "con_stuck".into();
    let stuck = upstream.complete(&stuck, expected(), with_code(), now());
    let good_connection = connection(&good.base);
    let swift = async {
        let started = Instant::now();
        upstream.complete(&good_connection, expected(), with_code(), now()).await.unwrap();
        started.elapsed()
    };
    let (stuck, swift) = futures_util::future::join(stuck, swift).await;
    assert_eq!(stuck.unwrap_err().check, "outbound-timeout");
    assert!(swift < short_timeouts().total, "{swift:?}");
}

#[tokio::test]
async fn a_refusal_of_the_provider_ends_the_login_without_another_request() {
    let server = good_provider();
    let denied =
        pairs(&[("error", "access_denied"), ("error_description", "not assigned")], AnswerMode::Query);
    let error = upstream().complete(&connection(&server.base), expected(), denied, now()).await.unwrap_err();
    assert_eq!(error.came, "access_denied (not assigned)");
    assert!(matches!(error.kind, UpstreamErrorKind::Refused(_)));
    assert_eq!((server.requests("/token"), server.requests("/keys")), (0, 0));
}
