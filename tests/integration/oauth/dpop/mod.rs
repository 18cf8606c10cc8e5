//! Tokens bound to a key (RFC 9449).

mod binding;
mod exchanging;
mod nonces;
mod proofs;
mod resources;

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use vestibule::crypto::digest;
use vestibule::crypto::jws::Algorithm;
use vestibule::crypto::signing::{KeyType, SigningKey};

use crate::support::sign_in::{Answer, Stage, http, post_form, read};

/// Somebody with a key.
pub struct Holder {
    key: SigningKey,
    proofs: AtomicUsize,
}

impl Holder {
    pub fn new() -> Self {
        let pkcs8 = SigningKey::generate_pkcs8(KeyType::P256).unwrap();
        let key = SigningKey::from_pkcs8(KeyType::P256, &pkcs8).unwrap();
        Self { key, proofs: AtomicUsize::new(0) }
    }

    /// What tokens bound to the key name.
    pub fn thumbprint(&self) -> &str {
        &self.key.key_id
    }

    /// The header of its proofs.
    pub fn header(&self) -> Value {
        json!({"alg": "ES256", "typ": "dpop+jwt", "jwk": self.key.public_jwk()})
    }

    /// The claims of a proof for one request, with `changes`; null leaves a claim out.
    pub fn claims(&self, stage: &Stage, method: &str, path: &str, changes: Value) -> Value {
        let number = self.proofs.fetch_add(1, Ordering::Relaxed);
        let mut claims = json!({
            "jti": format!("proof-{number}"), "htm": method, "htu": stage.hub.url(path),
            "iat": stage.hub.clock.now().seconds(),
        });
        let members = claims.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        members.retain(|_, value| !value.is_null());
        claims
    }

    /// Signs whatever a proof says.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = self.key.signature(Algorithm::ES256, message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A proof for one request, with `changes` to its claims.
    pub fn proof(&self, stage: &Stage, method: &str, path: &str, changes: Value) -> String {
        self.sign(&self.header(), &self.claims(stage, method, path, changes))
    }

    /// Sends a token request with a proof.
    pub async fn ask(&self, stage: &Stage, form: &[(String, String)], changes: Value) -> Answer {
        let proof = self.proof(stage, "POST", "oauth/token", changes);
        post_form(&stage.hub.url("oauth/token"), form, &[("dpop", &proof)]).await
    }

    /// Tokens for the person who is signed in, bound to the key; asked for once more with the nonce where one is
    /// wanted.
    pub async fn tokens(&self, stage: &Stage, changes: &[(&str, &str)]) -> Answer {
        let form = stage.exchange(&stage.code(changes).await);
        let first = self.ask(stage, &form, json!({})).await;
        let answer = if first.error().1 == "use_dpop_nonce" {
            let nonce = first.header("dpop-nonce").to_owned();
            self.ask(stage, &form, json!({"nonce": nonce})).await
        } else {
            first
        };
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }

    /// Asks UserInfo as the holder of the key.
    pub async fn userinfo(&self, stage: &Stage, token: &str, changes: Value) -> Answer {
        let mut claims = json!({"ath": digest::sha256_base64url(token)});
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let proof = self.proof(stage, "GET", "userinfo", claims);
        userinfo(stage, &format!("DPoP {token}"), Some(&proof)).await
    }
}

/// Asks UserInfo with these two headers.
pub async fn userinfo(stage: &Stage, authorization: &str, proof: Option<&str>) -> Answer {
    let mut request = http().get(stage.hub.url("userinfo")).header("authorization", authorization);
    if let Some(proof) = proof {
        request = request.header("dpop", proof);
    }
    read(request).await
}

/// A public application, which needs a nonce of ours in its proofs.
fn public() -> Value {
    json!({"token_endpoint_auth_method": "none", "app_type": "native"})
}
