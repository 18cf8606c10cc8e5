//! What providers send.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use vestibule::crypto::jws::{Algorithm, Jws};
use vestibule::crypto::random::Random;
use vestibule::domain::clock::Timestamp;
use vestibule::domain::connection::new_connection;
use vestibule::upstream::KeySet;
use vestibule::upstream::strangers::{Strangers, page};

use super::{NOW, lines, object, text};

const ISSUER: &str = "https://idp.example";

static STRANGERS: LazyLock<Strangers> = LazyLock::new(|| {
    let body = json!({
        "name": "acme", "strategy": "oidc",
        "options": {"type": "back_channel", "issuer": ISSUER, "client_id": "client-1", "client_secret": "secret",
            "discovery_url": ISSUER, "id_token_session_expiry_supported": true},
    });
    let now = Timestamp::from_seconds(NOW);
    let connection = new_connection(body.as_object().unwrap(), "con_0123456789abcdef", false, now);
    let metadata = json!({
        "issuer": ISSUER, "authorization_endpoint": "https://idp.example/authorize",
        "token_endpoint": "https://idp.example/token", "jwks_uri": "https://idp.example/keys",
        "userinfo_endpoint": "https://idp.example/userinfo",
    });
    let Value::Object(metadata) = metadata else { unreachable!() };
    Strangers::of(connection.unwrap(), metadata, Random::default(), now).unwrap()
});

/// What is taken for an endpoint is a URL by which the guard may be asked.
pub fn metadata(bytes: &[u8]) {
    for endpoint in STRANGERS.metadata(bytes).unwrap_or_default() {
        let url = url::Url::parse(&endpoint).expect("a URL");
        assert!(url.scheme() == "https" && url.username().is_empty() && url.host().is_some(), "{endpoint}");
    }
}

/// An access token that is taken can be sent on in a header.
pub fn token_answer(bytes: &[u8]) {
    let [status, body] = lines(bytes);
    let status = text(status).parse().unwrap_or(200);
    let Some(taken) = STRANGERS.token_answer(status, body) else { return };
    let taken: Map<String, Value> = serde_json::from_slice(&taken).expect("our own JSON");
    let token = taken["access_token"].as_str().expect("a text");
    assert!(token.bytes().all(|byte| (0x20..=0x7e).contains(&byte)), "{token:?}");
}

/// Claims that are taken are those of the person they were asked for.
pub fn userinfo(bytes: &[u8]) {
    if let Some(claims) = STRANGERS.userinfo(bytes, "person-1") {
        assert_eq!(claims["sub"], "person-1");
    }
}

/// Claims that are taken are for us, for this login, and not expired.
pub fn id_token(bytes: &[u8]) {
    let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    let header = br#"{"alg":"RS256","typ":"JWT"}"#;
    let token = format!("{}.{}.{}", encode(header), encode(bytes), encode(b"signature"));
    let Some(claims) = STRANGERS.id_token(&token, "nonce") else { return };
    assert_eq!((&claims["iss"], &claims["nonce"]), (&json!(ISSUER), &json!("nonce")));
    let audience = &claims["aud"];
    assert!(
        audience == "client-1" || audience.as_array().is_some_and(|all| all.contains(&json!("client-1"))),
        "{audience}"
    );
    assert!(claims["sub"].as_str().is_some_and(|subject| !subject.is_empty()));
}

pub fn logout_token(bytes: &[u8]) {
    if let Some(logout) = STRANGERS.logout_token(bytes) {
        assert_eq!(logout.issuer, ISSUER);
        assert!(logout.subject.is_some() || logout.sid.is_some());
        assert!(logout.remembered_until.seconds() > NOW - 3_600);
    }
}

/// Whatever a set holds, a signature that no key made is not verified.
pub fn jwks(bytes: &[u8]) {
    let Some(set) = object(bytes).and_then(|set| KeySet::read(set.get("keys"))) else { return };
    for name in ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"] {
        let algorithm = Algorithm::from_name(name).expect(name);
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{name}"}}"#));
        let token = format!("{header}.e30.{}", URL_SAFE_NO_PAD.encode([0x5a; 64]));
        let jws = Jws::parse(&token).expect("a JWS");
        let verified = set.verify(algorithm, &jws);
        assert_ne!(verified, vestibule::upstream::Signature::Verified, "{name}");
    }
}

pub fn html(bytes: &[u8]) {
    let html = text(bytes);
    let (forms, words) = page(&html);
    assert!(forms.iter().map(String::len).sum::<usize>() <= 4 * html.len() + 64);
    assert!(words.len() <= 4 * html.len() + 64, "the text of a page is no longer than the page");
}

/// Nothing secret is repeated, and what is repeated is short.
pub fn authorization_page(bytes: &[u8]) {
    let [status, location, body] = lines(bytes);
    let status = text(status).parse().unwrap_or(200);
    let read = STRANGERS.authorization_page(status, &text(location), body);
    assert!(!read.contains("secret"), "{read}");
    assert!(read.len() < 4_000, "{read}");
}
