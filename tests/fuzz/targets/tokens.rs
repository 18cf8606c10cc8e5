//! What is signed, sealed, or says that it is.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use vestibule::crypto::jwk::PublicKey;
use vestibule::crypto::jws::{Algorithm, Jws};
use vestibule::crypto::master_key::MasterKey;
use vestibule::crypto::random::Random;
use vestibule::crypto::sealing::{Purpose, Sealer};
use vestibule::crypto::signing::{KeyType, SigningKey};
use vestibule::protocol::client_assertion::{AssertionRules, ClientAssertion};
use vestibule::protocol::dpop::{self, ProvenRequest};
use vestibule::protocol::parameters::Parameters;
use vestibule::protocol::request_object::{self, ObjectRules};

use super::{NOW, lines, object, text};

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let pkcs8 = SigningKey::generate_pkcs8(KeyType::P256).unwrap();
    SigningKey::from_pkcs8(KeyType::P256, &pkcs8).unwrap()
});

static SEALED: LazyLock<(Sealer, String)> = LazyLock::new(|| {
    let sealer = Sealer::new(MasterKey::new([7; 32]), [MasterKey::new([8; 32])]);
    let sealed = sealer.seal(Purpose::Login, b"id", br#"{"login":1}"#, &Random::default());
    (sealer, sealed)
});

/// What is a JWS is of three parts of base64url; and a signature that nobody made is nobody's.
pub fn jws(bytes: &[u8]) {
    let token = text(bytes);
    let Ok(jws) = Jws::parse(&token) else { return };
    assert_eq!(token.split('.').count(), 3, "{token}");
    let key = PublicKey::from_jwk(KEY.public_jwk().as_object().unwrap()).expect("our own key");
    assert!(!key.verifies(Algorithm::ES256, &jws), "{token}");
}

/// Whole proofs by the first line; the other two are header and claims of one that is signed well.
pub fn dpop_proof(bytes: &[u8]) {
    let [proof, header, claims] = lines(bytes);
    let request = ProvenRequest {
        method: "POST",
        url: "https://hub.example/oauth/token",
        access_token: None,
        algorithms: &dpop::ALGORITHMS,
        now: NOW,
        max_age: 60,
        max_ahead: 10,
    };
    assert!(dpop::verify(&text(proof), request).is_err(), "a proof that nobody made");
    let mut header = object(header).unwrap_or_default();
    header.entry("alg").or_insert_with(|| json!("ES256"));
    header.entry("typ").or_insert_with(|| json!("dpop+jwt"));
    header.entry("jwk").or_insert_with(|| {
        let jwk = KEY.public_jwk();
        json!({"kty": jwk["kty"], "crv": jwk["crv"], "x": jwk["x"], "y": jwk["y"]})
    });
    let signed = signed(&Value::Object(header), claims);
    if let Ok(proof) = dpop::verify(&signed, request) {
        let claims = object(claims).expect("claims");
        assert_eq!((&claims["htm"], &claims["jti"]), (&json!("POST"), &json!(proof.jti)));
        assert!((NOW - 60..=NOW + 10).contains(&claims["iat"].as_i64().expect("iat")));
    }
}

/// Header and claims of an assertion that is signed well.
pub fn client_assertion(bytes: &[u8]) {
    let [header, claims] = lines(bytes);
    let mut header = object(header).unwrap_or_default();
    header.entry("alg").or_insert_with(|| json!("ES256"));
    let token = signed(&Value::Object(header), claims);
    let Ok(assertion) = ClientAssertion::read(&token) else { return };
    let endpoints = ["https://hub.example/oauth/token".to_owned()];
    for is_audience_strict in [true, false] {
        let rules = AssertionRules {
            client_id: "client-1",
            issuer: "https://hub.example/",
            endpoints: &endpoints,
            is_audience_strict,
            now: NOW,
            longest: 300,
            clock_ahead: 10,
            id_characters: 255,
        };
        if assertion.check(&rules).is_ok() {
            assert_eq!(assertion.claimed_client(), Some("client-1"));
            let claims = object(claims).expect("claims");
            assert!((NOW..=NOW + 300).contains(&claims["exp"].as_i64().expect("exp")));
            assert!(claims["jti"].as_str().is_some_and(|id| (1..=255).contains(&id.chars().count())));
        }
    }
}

/// First line: the claims of a request object, which become parameters that come out as they went in. The rest: the
/// parameters beside it.
pub fn request_object(bytes: &[u8]) {
    let [claims, outside] = lines(bytes);
    let Some(claims) = object(claims) else { return };
    let rules = |longest_seconds| ObjectRules {
        client_id: "client-1",
        issuer: "https://hub.example/",
        now: NOW,
        leeway_seconds: 10,
        longest_seconds,
    };
    if request_object::check_claims(&claims, rules(Some(3_600))).is_ok() {
        assert!(claims["exp"].as_i64().is_some_and(|seconds| seconds > NOW - 10), "{claims:?}");
    }
    if request_object::check_claims(&claims, rules(None)).is_err() {
        return;
    }
    let inside = request_object::parameters(&claims);
    for name in ["request", "request_uri"] {
        assert_eq!(inside.single(name), None, "no object holds another");
    }
    let outside = Parameters::decode(&text(outside));
    if let Ok(merged) = request_object::merge(&outside, inside.clone(), false) {
        for (name, value) in inside.iter().take(100) {
            assert_eq!(merged.single(name), Some(value), "{name}: inside counts");
        }
    }
}

/// A seal that was changed never opens; the one that was not opens for what it was made for alone.
pub fn sealed_cookie(bytes: &[u8]) {
    let (sealer, sealed) = &*SEALED;
    let strange = text(bytes);
    assert!(strange == *sealed || sealer.open(Purpose::Login, b"id", &strange).is_err(), "{strange}");
    let Ok(mut changed) = URL_SAFE_NO_PAD.decode(sealed) else { unreachable!() };
    for (at, byte) in bytes.iter().enumerate().take(64) {
        let index = (at * 37 + usize::from(*byte)) % changed.len();
        changed[index] ^= byte;
    }
    let changed = URL_SAFE_NO_PAD.encode(changed);
    let opened = sealer.open(Purpose::Login, b"id", &changed);
    assert_eq!(opened.is_ok(), changed == *sealed, "{changed}");
    assert!(sealer.open(Purpose::ProviderSignOut, b"id", sealed).is_err());
    assert!(bytes == b"id" || sealer.open(Purpose::Login, bytes, sealed).is_err());
}

fn signed(header: &Value, claims: &[u8]) -> String {
    let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    let signature = KEY.signature(Algorithm::ES256, token.as_bytes()).unwrap();
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    token
}
