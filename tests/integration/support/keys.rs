//! Keys of a provider, and tokens signed with them in ways no honest signer offers.

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use vestibule::crypto::signing::{KeyType, SigningKey};

/// An RSA key pair.
pub struct TestKey {
    pair: KeyPair,
    /// The public half as the hub's own code writes it, with `kid`.
    pub jwk: Value,
}

impl TestKey {
    fn generate() -> Self {
        let pkcs8 = SigningKey::generate_pkcs8(KeyType::Rsa).unwrap();
        let jwk = SigningKey::from_pkcs8(KeyType::Rsa, &pkcs8).unwrap().public_jwk().clone();
        Self { pair: KeyPair::from_pkcs8(&pkcs8).unwrap(), jwk }
    }

    /// The key every honest provider here publishes and signs with.
    pub fn honest() -> &'static Self {
        static KEY: OnceLock<TestKey> = OnceLock::new();
        KEY.get_or_init(Self::generate)
    }

    /// A key that no provider published.
    pub fn intruder() -> &'static Self {
        static KEY: OnceLock<TestKey> = OnceLock::new();
        KEY.get_or_init(Self::generate)
    }

    pub fn key_id(&self) -> &str {
        self.jwk["kid"].as_str().unwrap()
    }

    /// `RSASSA-PKCS1-v1_5` with SHA-256, whatever the header says.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    }

    /// The public half as PEM, which algorithm confusion takes for an HMAC secret.
    pub fn public_pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der().unwrap();
        let lines: Vec<String> = STANDARD
            .encode(der.as_ref())
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }
}

/// How a token is signed.
pub enum Signature {
    By(&'static TestKey),
    Hmac(Vec<u8>),
    Empty,
}

/// A token on its way out, open to every change.
pub struct Token {
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
    /// Sent in place of the claims.
    pub payload: Option<String>,
    pub signature: Signature,
    /// Changes the finished text.
    pub rewrite: Option<fn(&str) -> String>,
}

impl Token {
    /// What an honest provider sends.
    pub fn honest(claims: Value) -> Self {
        let key = TestKey::honest();
        Self {
            header: object(json!({"alg": "RS256", "kid": key.key_id(), "typ": "JWT"})),
            claims: object(claims),
            payload: None,
            signature: Signature::By(key),
            rewrite: None,
        }
    }

    pub fn set(&mut self, claim: &str, value: impl Into<Value>) {
        self.claims.insert(claim.into(), value.into());
    }

    pub fn remove(&mut self, claim: &str) {
        self.claims.remove(claim);
    }

    /// The compact form.
    pub fn write(&self) -> String {
        let header = URL_SAFE_NO_PAD.encode(Value::Object(self.header.clone()).to_string());
        let claims = Value::Object(self.claims.clone()).to_string();
        let payload = URL_SAFE_NO_PAD.encode(self.payload.as_deref().unwrap_or(&claims));
        let message = format!("{header}.{payload}");
        let signature = match &self.signature {
            Signature::By(key) => key.sign(message.as_bytes()),
            Signature::Hmac(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
            Signature::Empty => Vec::new(),
        };
        let text = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
        self.rewrite.map_or(text.clone(), |rewrite| rewrite(&text))
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}
