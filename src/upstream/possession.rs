//! DPoP towards a provider (RFC 9449): its tokens are bound to a key of ours that is made for each login, so that whoever
//! gets hold of one cannot use it.

use std::sync::{Mutex, PoisonError};

use http::header::HeaderValue;
use http::{Request, StatusCode};
use serde_json::{Map, Value, json};
use url::Url;

use super::call::Call;
use super::error::{UpstreamError, quoted};
use super::http::{HttpAnswer, Purpose};
use super::provider::Provider;
use crate::crypto::digest::sha256_base64url;
use crate::crypto::jws::Algorithm;
use crate::crypto::signing::{KeyType, SigningKey};
use crate::domain::connection::Connection;

/// RFC 9864's name of what the header of a token calls `EdDSA`; providers take one of them, or both.
const ED25519: &str = "Ed25519";
const ASKS_FOR_NONCE: &str = "use_dpop_nonce";

/// The key of one login, and what it last heard of the provider's nonce.
pub(super) struct ProofKey {
    key: SigningKey,
    algorithm: Algorithm,
    name: &'static str,
    nonce: Mutex<Option<String>>,
}

impl ProofKey {
    /// A new key, where the connection wants one.
    ///
    /// # Errors
    /// `dpop-algorithm`, where the provider's metadata do not know the algorithm.
    pub(super) fn make(connection: &Connection, provider: &Provider) -> Result<Option<Self>, UpstreamError> {
        let Some(algorithm) = connection.options.dpop_signing_alg else { return Ok(None) };
        let name = name_at(provider, algorithm)?;
        let key_type = key_type(algorithm);
        let pkcs8 = SigningKey::generate_pkcs8(key_type).map_err(|_| no_key())?;
        let key = SigningKey::from_pkcs8(key_type, &pkcs8).map_err(|_| no_key())?;
        Ok(Some(Self { key, algorithm, name, nonce: Mutex::default() }))
    }

    fn proof(
        &self,
        call: &Call<'_>,
        request: &Request<Vec<u8>>,
        access_token: Option<&str>,
    ) -> Result<HeaderValue, UpstreamError> {
        let mut url = Url::parse(&request.uri().to_string()).map_err(|_| no_key())?;
        url.set_query(None);
        url.set_fragment(None);
        let nonce = self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut claims = Map::new();
        for (name, value) in [
            ("jti", Some(json!(call.ours.random.token()))),
            ("htm", Some(json!(request.method().as_str()))),
            ("htu", Some(json!(url.as_str()))),
            ("iat", Some(json!(call.now.seconds()))),
            ("ath", access_token.map(|token| json!(sha256_base64url(token)))),
            ("nonce", nonce.map(|nonce| json!(nonce))),
        ] {
            if let Some(value) = value {
                claims.insert(name.to_owned(), value);
            }
        }
        let header = json!({"typ": "dpop+jwt", "alg": self.name, "jwk": self.bare_jwk()});
        let proof = self.key.sign_under(&header, self.algorithm, &claims).map_err(|_| no_key())?;
        HeaderValue::from_str(&proof).map_err(|_| no_key())
    }

    /// The public key and nothing else.
    fn bare_jwk(&self) -> Map<String, Value> {
        let members = ["kty", "crv", "x", "y"];
        let jwk = self.key.public_jwk();
        members.into_iter().filter_map(|name| Some((name.to_owned(), jwk.get(name)?.clone()))).collect()
    }

    fn remember(&self, nonce: Option<&String>) -> bool {
        let Some(nonce) = nonce else { return false };
        *self.nonce.lock().unwrap_or_else(PoisonError::into_inner) = Some(nonce.clone());
        true
    }
}

/// Sends `request`, with a proof where there is a `key`, and once more where the provider wants its nonce in it.
///
/// # Errors
/// Those of [`super::http::HttpClient::send`].
pub(super) async fn send(
    call: &Call<'_>,
    purpose: Purpose<'_>,
    request: Request<Vec<u8>>,
    key: Option<&ProofKey>,
    access_token: Option<&str>,
) -> Result<HttpAnswer, UpstreamError> {
    let Some(key) = key else { return call.http.send(purpose, request).await };
    let with_proof = |mut request: Request<Vec<u8>>| {
        let proof = key.proof(call, &request, access_token)?;
        request.headers_mut().insert("dpop", proof);
        Ok(request)
    };
    let answer = call.http.send(purpose, with_proof(request.clone())?).await?;
    let has_nonce = key.remember(answer.proof_nonce.as_ref());
    if has_nonce && asks_for_nonce(&answer) {
        let answer = call.http.send(purpose, with_proof(request)?).await?;
        key.remember(answer.proof_nonce.as_ref());
        return Ok(answer);
    }
    Ok(answer)
}

/// RFC 9449 §8, §9.
fn asks_for_nonce(answer: &HttpAnswer) -> bool {
    let by_body = || answer.object().is_some_and(|body| body.get("error") == Some(&json!(ASKS_FOR_NONCE)));
    match answer.status {
        StatusCode::UNAUTHORIZED => answer.challenge.contains(ASKS_FOR_NONCE) || by_body(),
        StatusCode::BAD_REQUEST => by_body(),
        _ => false,
    }
}

const fn key_type(algorithm: Algorithm) -> KeyType {
    match KeyType::for_algorithm(algorithm) {
        Some(KeyType::Ed25519) => KeyType::Ed25519,
        Some(KeyType::P256 | KeyType::Rsa) | None => KeyType::P256,
    }
}

/// The name by which the provider knows the algorithm. Without metadata nobody can say, and the old name serves.
fn name_at(provider: &Provider, algorithm: Algorithm) -> Result<&'static str, UpstreamError> {
    let names: &[&'static str] =
        if algorithm == Algorithm::EdDSA { &[ED25519, "EdDSA"] } else { &[algorithm.name()] };
    let Some(advertised) = &provider.proof_algorithms else { return Ok(algorithm.name()) };
    let known = names.iter().find(|name| advertised.iter().any(|advertised| advertised == *name));
    known.copied().ok_or_else(|| {
        UpstreamError::misconfigured(
            "dpop-algorithm",
            format!("{} among dpop_signing_alg_values_supported of the provider's metadata", names.join(" or ")),
            if advertised.is_empty() { "none".into() } else { quoted(&advertised.join(", ")) },
            "Choose another dpop_signing_alg for this connection, or none where the provider does not know DPoP.",
        )
    })
}

fn no_key() -> UpstreamError {
    UpstreamError::misconfigured(
        "dpop-key",
        "a key for DPoP proofs",
        "one that does not sign",
        "Try again; if that does not help, leave dpop_signing_alg of this connection out.",
    )
}
