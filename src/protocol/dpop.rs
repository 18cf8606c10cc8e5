//! DPoP proofs (RFC 9449 §4): a request shows that its sender holds the private key a token is bound to.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::crypto::digest::{secrets_match, sha256_base64url};
use crate::crypto::jwk::PublicKey;
use crate::crypto::jws::{Algorithm, Jws, embedded_key};

/// `typ` of a proof.
const PROOF_TYPE: &str = "dpop+jwt";
/// Algorithms of proofs, in the order they are advertised.
pub const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::ES256,
    Algorithm::EdDSA,
    Algorithm::PS256,
    Algorithm::RS256,
    Algorithm::ES384,
    Algorithm::ES512,
];
/// Members that only private or symmetric keys have (RFC 7518 §6).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The request that a proof must be about.
#[derive(Clone, Copy, Debug)]
pub struct ProvenRequest<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The URL of the endpoint, without query and fragment.
    pub url: &'a str,
    /// The access token sent along, if any (`ath`).
    pub access_token: Option<&'a str>,
    pub algorithms: &'a [Algorithm],
    /// Seconds since 1970.
    pub now: i64,
    /// A proof may be this many seconds old.
    pub max_age: i64,
    /// The sender's clock may be this many seconds ahead.
    pub max_ahead: i64,
}

/// A proof that holds; its `jti` must still be used up, its nonce still be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// RFC 7638 thumbprint of the key (`jkt`).
    pub thumbprint: String,
    pub jti: String,
    pub nonce: Option<String>,
}

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    #[error("the DPoP proof is not a signed JWT")]
    NotAJwt,
    #[error("the typ of the DPoP proof is not dpop+jwt")]
    WrongType,
    #[error("the alg of the DPoP proof is not one of dpop_signing_alg_values_supported")]
    WrongAlgorithm,
    #[error("the jwk of the DPoP proof is missing, or not a public key that fits its alg")]
    NoKey,
    #[error("the signature of the DPoP proof is wrong")]
    WrongSignature,
    #[error("a claim of the DPoP proof is missing or has the wrong type; it needs jti, htm, htu and iat")]
    MalformedClaims,
    #[error("the htm of the DPoP proof is not the method of this request")]
    WrongMethod,
    #[error("the htu of the DPoP proof is not the URL of this request")]
    WrongUrl,
    #[error("the DPoP proof is too old, not valid yet, or made by a clock that is wrong")]
    WrongTime,
    #[error("the ath of the DPoP proof is not the hash of the access token")]
    WrongAccessToken,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    #[serde(default)]
    exp: Option<i64>,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    ath: Option<String>,
    #[serde(default)]
    nonce: Option<String>,
}

/// Checks everything about the proof `text` that needs no memory (RFC 9449 §4.3).
///
/// # Errors
/// [`ProofError`], the first check that fails.
pub fn verify(text: &str, request: ProvenRequest<'_>) -> Result<Proof, ProofError> {
    let jws = Jws::parse(text).map_err(|_| ProofError::NotAJwt)?;
    if jws.token_type.as_deref() != Some(PROOF_TYPE) {
        return Err(ProofError::WrongType);
    }
    let algorithm = Algorithm::from_name(&jws.algorithm)
        .filter(|algorithm| request.algorithms.contains(algorithm))
        .ok_or(ProofError::WrongAlgorithm)?;
    let jwk = embedded_key(text)
        .filter(|jwk| !PRIVATE_MEMBERS.iter().any(|member| jwk.contains_key(*member)))
        .ok_or(ProofError::NoKey)?;
    let key = PublicKey::from_jwk(&jwk).filter(|key| key.fits(algorithm)).ok_or(ProofError::NoKey)?;
    if !key.verifies(algorithm, &jws) {
        return Err(ProofError::WrongSignature);
    }
    let claims: Value = serde_json::from_slice(&jws.payload).map_err(|_| ProofError::MalformedClaims)?;
    let claims = Claims::deserialize(claims).map_err(|_| ProofError::MalformedClaims)?;
    if claims.jti.is_empty() {
        return Err(ProofError::MalformedClaims);
    }
    if claims.htm != request.method {
        return Err(ProofError::WrongMethod);
    }
    if !is_same_target(&claims.htu, request.url) {
        return Err(ProofError::WrongUrl);
    }
    let oldest = request.now.saturating_sub(request.max_age);
    let newest = request.now.saturating_add(request.max_ahead);
    let is_timely = (oldest..=newest).contains(&claims.iat)
        && claims.exp.is_none_or(|exp| exp > request.now.saturating_sub(request.max_ahead))
        && claims.nbf.is_none_or(|nbf| nbf <= newest);
    if !is_timely {
        return Err(ProofError::WrongTime);
    }
    if let Some(token) = request.access_token {
        let hash = sha256_base64url(token);
        if !claims.ath.is_some_and(|ath| secrets_match(ath.as_bytes(), hash.as_bytes())) {
            return Err(ProofError::WrongAccessToken);
        }
    }
    Ok(Proof { thumbprint: key.thumbprint(), jti: claims.jti, nonce: claims.nonce })
}

/// Whether `htu` names `url`, query and fragment aside, both normalised as RFC 3986 §6.2.2 and §6.2.3 do.
fn is_same_target(htu: &str, url: &str) -> bool {
    let target = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    target(htu).is_some_and(|htu| target(url) == Some(htu))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;
    use crate::crypto::signing::{KeyType, SigningKey};

    const NOW: i64 = 1_000_000;
    const URL: &str = "https://hub.example/oauth/token";

    fn request() -> ProvenRequest<'static> {
        ProvenRequest {
            method: "POST",
            url: URL,
            access_token: None,
            algorithms: &[Algorithm::ES256, Algorithm::EdDSA, Algorithm::PS256],
            now: NOW,
            max_age: 60,
            max_ahead: 30,
        }
    }

    fn key() -> SigningKey {
        let pkcs8 = SigningKey::generate_pkcs8(KeyType::P256).unwrap();
        SigningKey::from_pkcs8(KeyType::P256, &pkcs8).unwrap()
    }

    fn claims() -> Value {
        json!({"jti": "one", "htm": "POST", "htu": URL, "iat": NOW})
    }

    /// A proof whose header and claims are the caller's, signed by `key`.
    fn signed(key: &SigningKey, header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = key.signature(Algorithm::ES256, message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn header(key: &SigningKey) -> Value {
        json!({"alg": "ES256", "typ": "dpop+jwt", "jwk": key.public_jwk()})
    }

    #[test]
    fn a_proof_names_the_key_it_was_made_with() {
        let key = key();
        let proof = verify(&signed(&key, &header(&key), &claims()), request()).unwrap();
        assert_eq!((proof.thumbprint, proof.jti), (key.key_id, "one".into()));
    }

    #[test]
    fn every_single_fault_refuses_a_proof() {
        let key = key();
        let with_claim = |name: &str, value: Value| {
            let mut claims = claims();
            claims[name] = value;
            signed(&key, &header(&key), &claims)
        };
        let with_header = |name: &str, value: Value| {
            let mut header = header(&key);
            header[name] = value;
            signed(&key, &header, &claims())
        };
        let mut private = key.public_jwk().clone();
        private["d"] = json!("AAAA");
        let other = self::key();
        for (proof, fault) in [
            ("x".into(), ProofError::NotAJwt),
            (with_header("typ", json!("JWT")), ProofError::WrongType),
            (with_header("alg", json!("none")), ProofError::WrongAlgorithm),
            (with_header("alg", json!("HS256")), ProofError::WrongAlgorithm),
            (with_header("alg", json!("RS256")), ProofError::WrongAlgorithm),
            (with_header("alg", json!("EdDSA")), ProofError::NoKey),
            (with_header("jwk", json!(null)), ProofError::NoKey),
            (with_header("jwk", private), ProofError::NoKey),
            (with_header("jwk", json!({"kty": "oct", "k": "AAAA"})), ProofError::NoKey),
            (with_header("jwk", other.public_jwk().clone()), ProofError::WrongSignature),
            (with_claim("jti", json!("")), ProofError::MalformedClaims),
            (with_claim("jti", json!(7)), ProofError::MalformedClaims),
            (with_claim("iat", json!("1000000")), ProofError::MalformedClaims),
            (with_claim("iat", json!(null)), ProofError::MalformedClaims),
            (with_claim("htm", json!("GET")), ProofError::WrongMethod),
            (with_claim("htm", json!("post")), ProofError::WrongMethod),
            (with_claim("htu", json!("https://hub.example/userinfo")), ProofError::WrongUrl),
            (with_claim("htu", json!("http://hub.example/oauth/token")), ProofError::WrongUrl),
            (with_claim("htu", json!("")), ProofError::WrongUrl),
            (with_claim("iat", json!(NOW - 61)), ProofError::WrongTime),
            (with_claim("iat", json!(NOW + 31)), ProofError::WrongTime),
            (with_claim("exp", json!(NOW - 31)), ProofError::WrongTime),
            (with_claim("nbf", json!(NOW + 31)), ProofError::WrongTime),
        ] {
            assert_eq!(verify(&proof, request()), Err(fault), "{proof}");
        }
    }

    #[test]
    fn what_a_url_leaves_open_does_not_matter() {
        let key = key();
        for htu in [
            "https://HUB.example/oauth/token",
            "https://hub.example:443/oauth/token",
            "https://hub.example/oauth/token?a=b#c",
        ] {
            let mut claims = claims();
            claims["htu"] = json!(htu);
            assert!(verify(&signed(&key, &header(&key), &claims), request()).is_ok(), "{htu}");
        }
    }

    #[test]
    fn at_a_resource_the_proof_is_for_one_access_token() {
        let key = key();
        let request = ProvenRequest { access_token: Some("token"), ..request() };
        let mut claims = claims();
        assert_eq!(verify(&signed(&key, &header(&key), &claims), request), Err(ProofError::WrongAccessToken));
        claims["ath"] = json!(sha256_base64url("token"));
        assert!(verify(&signed(&key, &header(&key), &claims), request).is_ok());
        claims["ath"] = json!(sha256_base64url("another"));
        assert_eq!(verify(&signed(&key, &header(&key), &claims), request), Err(ProofError::WrongAccessToken));
    }
}
