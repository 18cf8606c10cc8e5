//! Public JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037) and verification with them.

use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::digest::sha256_base64url;
use super::jws::{Algorithm, Jws};

/// A public key that verifies signatures, with what its owner says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    pub key_id: Option<String>,
    /// `issuer`, which some providers add: the key signs for that one alone.
    pub issuer: Option<String>,
    /// `alg`, where the owner restricts the key to one algorithm.
    algorithm: Option<Algorithm>,
    material: Material,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    P521(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl PublicKey {
    /// Reads one member of a key set. `None` for what cannot verify a signature here: encryption keys,
    /// symmetric keys, unknown types and curves, malformed numbers.
    pub fn from_jwk(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        // Providers pad base64url now and then (RFC 7515 §2 says not to); the bytes are what counts.
        let bytes = |name: &str| {
            let text = text(name)?;
            URL_SAFE_NO_PAD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
        };
        if text("use").is_some_and(|usage| usage != "sig") {
            return None;
        }
        if let Some(operations) = jwk.get("key_ops").and_then(Value::as_array)
            && !operations.iter().any(|operation| operation == "verify")
        {
            return None;
        }
        let algorithm = match text("alg") {
            // An algorithm we do not know restricts the key to something we never do.
            Some(name) => Some(Algorithm::from_name(name)?),
            None => None,
        };
        let point = |size: usize| {
            let mut point = vec![4];
            point.extend(left_pad(bytes("x")?, size)?);
            point.extend(left_pad(bytes("y")?, size)?);
            Some(point)
        };
        let material = match (text("kty")?, text("crv")) {
            ("RSA", _) => Material::Rsa { n: strip_zeros(bytes("n")?), e: strip_zeros(bytes("e")?) },
            ("EC", Some("P-256")) => Material::P256(point(32)?),
            ("EC", Some("P-384")) => Material::P384(point(48)?),
            ("EC", Some("P-521")) => Material::P521(point(66)?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(bytes("x")?),
            _ => return None,
        };
        let owned = |name: &str| text(name).map(str::to_owned);
        Some(Self { key_id: owned("kid"), issuer: owned("issuer"), algorithm, material })
    }

    /// The SHA-256 thumbprint (RFC 7638): of the numbers themselves, however the owner wrote them.
    pub fn thumbprint(&self) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        // A point is a marker byte and two coordinates of equal length.
        let curve = |name: &str, point: &[u8]| {
            let coordinates = point.get(1..).unwrap_or_default();
            let (x, y) = coordinates.split_at(coordinates.len() / 2);
            json!({"crv": name, "kty": "EC", "x": encode(x), "y": encode(y)})
        };
        let members = match &self.material {
            Material::Rsa { n, e } => json!({"e": encode(e), "kty": "RSA", "n": encode(n)}),
            Material::P256(point) => curve("P-256", point),
            Material::P384(point) => curve("P-384", point),
            Material::P521(point) => curve("P-521", point),
            Material::Ed25519(x) => json!({"crv": "Ed25519", "kty": "OKP", "x": encode(x)}),
        };
        // serde_json keeps members in lexicographic order, as RFC 7638 §3 wants them.
        sha256_base64url(&members.to_string())
    }

    /// Whether this key can be meant by `algorithm`: right type, and not restricted to another.
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        use Algorithm as A;
        let type_fits = match &self.material {
            Material::Rsa { .. } => {
                matches!(algorithm, A::RS256 | A::RS384 | A::RS512 | A::PS256 | A::PS384 | A::PS512)
            }
            Material::P256(_) => algorithm == A::ES256,
            Material::P384(_) => algorithm == A::ES384,
            Material::P521(_) => algorithm == A::ES512,
            Material::Ed25519(_) => algorithm == A::EdDSA,
        };
        type_fits && self.algorithm.is_none_or(|only| only == algorithm)
    }

    /// Whether the key can verify anything at all: RSA keys of other sizes never do.
    pub fn is_strong(&self) -> bool {
        match &self.material {
            Material::Rsa { n, .. } => {
                let unused = n.first().map_or(0, |byte| byte.leading_zeros() as usize);
                (2048..=8192).contains(&(n.len() * 8 - unused))
            }
            Material::P256(_) | Material::P384(_) | Material::P521(_) | Material::Ed25519(_) => true,
        }
    }

    /// Whether `jws` carries this key's signature by `algorithm`. RSA keys under 2048 bits never verify.
    pub fn verifies(&self, algorithm: Algorithm, jws: &Jws<'_>) -> bool {
        if !self.fits(algorithm) {
            return false;
        }
        let (message, signature) = (jws.signing_input.as_bytes(), jws.signature.as_slice());
        match &self.material {
            Material::Rsa { n, e } => rsa_parameters(algorithm).is_some_and(|parameters| {
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok()
            }),
            Material::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
            Material::P384(point) => {
                UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).verify(message, signature).is_ok()
            }
            Material::P521(point) => {
                UnparsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, point).verify(message, signature).is_ok()
            }
            Material::Ed25519(key) => {
                UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
            }
        }
    }
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::RS256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
        Algorithm::ES256 | Algorithm::ES384 | Algorithm::ES512 | Algorithm::EdDSA => None,
    }
}

/// Big-endian integers may come with leading zeros, which the library refuses.
fn strip_zeros(bytes: Vec<u8>) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default().to_vec()
}

/// Some providers drop leading zeros of a coordinate (RFC 7518 §6.2.1.2 forbids it); put them back.
fn left_pad(bytes: Vec<u8>, size: usize) -> Option<Vec<u8>> {
    let bytes = strip_zeros(bytes);
    let mut padded = vec![0; size.checked_sub(bytes.len())?];
    padded.extend(bytes);
    Some(padded)
}
