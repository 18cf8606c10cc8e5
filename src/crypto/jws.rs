//! JSON Web Signatures in compact form (RFC 7515), asymmetric algorithms only (RFC 7518, RFC 8037).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// A signature algorithm this hub will ever accept. `none` and the symmetric ones are not values of this
/// type, so no configuration can let them in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    EdDSA,
}

impl Algorithm {
    pub const ALL: [Self; 10] = [
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::EdDSA,
    ];

    /// The name in a header's `alg`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
        }
    }

    /// The algorithm of that exact name; `Ed25519` is RFC 9864's name for what we call EdDSA.
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "Ed25519" {
            return Some(Self::EdDSA);
        }
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The left half of the algorithm's hash of `value`, as `at_hash` and `c_hash` are made
    /// (OpenID Connect Core §3.1.3.6). EdDSA with Ed25519 hashes with SHA-512.
    pub fn left_half_hash(self, value: &str) -> String {
        use sha2::{Digest as _, Sha256, Sha384, Sha512};
        let hash: Vec<u8> = match self {
            Self::RS256 | Self::PS256 | Self::ES256 => Sha256::digest(value).to_vec(),
            Self::RS384 | Self::PS384 | Self::ES384 => Sha384::digest(value).to_vec(),
            Self::RS512 | Self::PS512 | Self::ES512 | Self::EdDSA => Sha512::digest(value).to_vec(),
        };
        URL_SAFE_NO_PAD.encode(hash.get(..hash.len() / 2).unwrap_or_default())
    }
}

/// Why a text is not a JWS we can look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    #[error("it is not three base64url parts with dots between them")]
    Shape,
    #[error("it is encrypted (five parts), not signed")]
    Encrypted,
    #[error("its header is not a JSON object with a text \"alg\"")]
    Header,
    #[error("its header lists critical extensions (\"crit\"), none of which is known here")]
    Critical,
}

/// A parsed, **unverified** compact JWS.
#[derive(Clone, Debug)]
pub struct Jws<'a> {
    /// `alg` as written.
    pub algorithm: String,
    pub key_id: Option<String>,
    pub token_type: Option<String>,
    pub payload: Vec<u8>,
    pub signature: Vec<u8>,
    /// What is signed: header and payload as sent.
    pub signing_input: &'a str,
}

impl<'a> Jws<'a> {
    /// Splits and decodes `text`. Keys or links to keys inside the header (`jwk`, `jku`, `x5u`, `x5c`) are
    /// never read.
    ///
    /// # Errors
    /// [`JwsError`].
    pub fn parse(text: &'a str) -> Result<Self, JwsError> {
        match text.bytes().filter(|byte| *byte == b'.').count() {
            2 => {}
            4 => return Err(JwsError::Encrypted),
            _ => return Err(JwsError::Shape),
        }
        let (signing_input, signature) = text.rsplit_once('.').ok_or(JwsError::Shape)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwsError::Shape)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsError::Shape);
        let header: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&decode(header)?).map_err(|_| JwsError::Header)?;
        let text_of = |name: &str| header.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        if header.contains_key("crit") {
            return Err(JwsError::Critical);
        }
        Ok(Self {
            algorithm: text_of("alg").ok_or(JwsError::Header)?,
            key_id: text_of("kid"),
            token_type: text_of("typ"),
            payload: decode(payload)?,
            signature: decode(signature)?,
            signing_input,
        })
    }
}

/// The public key that the header of `text` carries (`jwk`, RFC 7515 §4.1.3).
///
/// It proves nothing about who signed: only a proof of possession (RFC 9449) may be verified with it.
pub fn embedded_key(text: &str) -> Option<serde_json::Map<String, serde_json::Value>> {
    let header = URL_SAFE_NO_PAD.decode(text.split('.').next()?).ok()?;
    let header: serde_json::Value = serde_json::from_slice(&header).ok()?;
    header.get("jwk")?.as_object().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(json: &str) -> String {
        URL_SAFE_NO_PAD.encode(json)
    }

    #[test]
    fn names_are_exact() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_name(algorithm.name()), Some(algorithm));
        }
        for name in ["none", "None", "nOnE", "HS256", "rs256", "", "RS1"] {
            assert_eq!(Algorithm::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn malformed_texts_are_refused() {
        let good = part(r#"{"alg":"RS256"}"#);
        for (text, expected) in [
            (String::new(), JwsError::Shape),
            ("a.b".into(), JwsError::Shape),
            ("a.b.c.d.e".into(), JwsError::Encrypted),
            (format!("{}.e30.", part("[]")), JwsError::Header),
            (format!("{}.e30.", part(r#"{"alg":5}"#)), JwsError::Header),
            (format!("{}.e30.", part(r#"{"alg":"RS256","crit":["exp"]}"#)), JwsError::Critical),
            (format!("{good}.e30=.AA"), JwsError::Shape),
            (format!("{good}.e30.A A"), JwsError::Shape),
        ] {
            assert_eq!(Jws::parse(&text).unwrap_err(), expected, "{text}");
        }
    }

    #[test]
    fn at_hash_agrees_with_openid_connect_core_appendix_a_3() {
        assert_eq!(
            Algorithm::RS256.left_half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
    }
}
