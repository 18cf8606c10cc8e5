//! Our own signing keys: made, stored as PKCS#8, parsed once, and signing compact JWS (RFC 7515).

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::digest::sha256;
use super::jws::Algorithm;

/// The kind of a signing key; an RSA key serves RS256 and PS256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KeyType {
    Rsa,
    P256,
    Ed25519,
}

impl KeyType {
    pub const ALL: [Self; 3] = [Self::Rsa, Self::P256, Self::Ed25519];

    /// The kind of key that signs tokens of ours by `algorithm`, where we issue such tokens at all.
    pub const fn for_algorithm(algorithm: Algorithm) -> Option<Self> {
        match algorithm {
            Algorithm::RS256 | Algorithm::PS256 => Some(Self::Rsa),
            Algorithm::ES256 => Some(Self::P256),
            Algorithm::EdDSA => Some(Self::Ed25519),
            Algorithm::RS384
            | Algorithm::RS512
            | Algorithm::PS384
            | Algorithm::PS512
            | Algorithm::ES384
            | Algorithm::ES512 => None,
        }
    }

    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::P256 => "P-256",
            Self::Ed25519 => "Ed25519",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key_type| key_type.name() == name)
    }
}

/// Why a key could not be made, read or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    #[error("the signing key could not be generated")]
    Generate,
    #[error("the stored signing key is damaged")]
    Damaged,
    #[error("this key does not sign by that algorithm")]
    WrongAlgorithm,
    #[error("signing failed")]
    Sign,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// A private key, parsed once and used for its whole life.
pub struct SigningKey {
    /// RFC 7638 thumbprint of the public key.
    pub key_id: String,
    pub key_type: KeyType,
    pair: Pair,
    public_jwk: Value,
    random: SystemRandom,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Makes a new key as PKCS#8 DER. RSA keys have 2048 bits and take about 60 ms.
    ///
    /// # Errors
    /// [`SigningError::Generate`].
    pub fn generate_pkcs8(key_type: KeyType) -> Result<Vec<u8>, SigningError> {
        let failed = |_| SigningError::Generate;
        match key_type {
            KeyType::Rsa => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
                Ok(der.as_ref().to_vec())
            }
            KeyType::P256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
                Ok(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec())
            }
            KeyType::Ed25519 => {
                let pair = Ed25519KeyPair::generate().map_err(failed)?;
                Ok(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec())
            }
        }
    }

    /// Parses a key made by [`SigningKey::generate_pkcs8`].
    ///
    /// # Errors
    /// [`SigningError::Damaged`].
    pub fn from_pkcs8(key_type: KeyType, pkcs8: &[u8]) -> Result<Self, SigningError> {
        let damaged = |_| SigningError::Damaged;
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (pair, members) = match key_type {
            KeyType::Rsa => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(damaged)?;
                let public = pair.public_key();
                let n = encode(public.modulus().big_endian_without_leading_zero());
                let e = encode(public.exponent().big_endian_without_leading_zero());
                (Pair::Rsa(pair), json!({"e": e, "kty": "RSA", "n": n}))
            }
            KeyType::P256 => {
                let pair =
                    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(damaged)?;
                let point = pair.public_key().as_ref();
                let x = encode(point.get(1..33).ok_or(SigningError::Damaged)?);
                let y = encode(point.get(33..65).ok_or(SigningError::Damaged)?);
                (Pair::P256(pair), json!({"crv": "P-256", "kty": "EC", "x": x, "y": y}))
            }
            KeyType::Ed25519 => {
                let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(damaged)?;
                let x = encode(pair.public_key().as_ref());
                (Pair::Ed25519(pair), json!({"crv": "Ed25519", "kty": "OKP", "x": x}))
            }
        };
        // serde_json keeps members in lexicographic order, as RFC 7638 §3 wants them.
        let key_id = encode(&sha256(members.to_string().as_bytes()));
        let mut public_jwk = members;
        if let Value::Object(object) = &mut public_jwk {
            object.insert("kid".into(), json!(key_id));
            object.insert("use".into(), json!("sig"));
            match key_type {
                // An RSA key serves two algorithms, so it names none.
                KeyType::Rsa => {}
                KeyType::P256 => drop(object.insert("alg".into(), json!("ES256"))),
                KeyType::Ed25519 => drop(object.insert("alg".into(), json!("EdDSA"))),
            }
        }
        Ok(Self { key_id, key_type, pair, public_jwk, random: SystemRandom::new() })
    }

    /// The public half, as published in the key set.
    pub fn public_jwk(&self) -> &Value {
        &self.public_jwk
    }

    /// Signs `claims` as a compact JWS with `typ` in its header.
    ///
    /// # Errors
    /// [`SigningError::WrongAlgorithm`], [`SigningError::Sign`].
    pub fn sign(
        &self,
        algorithm: Algorithm,
        token_type: &str,
        claims: &impl Serialize,
    ) -> Result<String, SigningError> {
        let header = json!({"alg": algorithm.name(), "kid": self.key_id, "typ": token_type});
        self.sign_under(&header, algorithm, claims)
    }

    /// Signs `claims` under a whole `header`, whose `alg` has to be the name of `algorithm`.
    ///
    /// # Errors
    /// As [`SigningKey::sign`].
    pub fn sign_under(
        &self,
        header: &Value,
        algorithm: Algorithm,
        claims: &impl Serialize,
    ) -> Result<String, SigningError> {
        let payload = serde_json::to_vec(claims).map_err(|_| SigningError::Sign)?;
        let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = self.signature(algorithm, token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// The bare signature of `message`.
    ///
    /// # Errors
    /// As [`SigningKey::sign`].
    pub fn signature(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let failed = |_| SigningError::Sign;
        match (&self.pair, algorithm) {
            (Pair::Rsa(pair), _) => {
                let encoding = rsa_encoding(algorithm).ok_or(SigningError::WrongAlgorithm)?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &self.random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            (Pair::P256(pair), Algorithm::ES256) => {
                Ok(pair.sign(&self.random, message).map_err(failed)?.as_ref().to_vec())
            }
            (Pair::Ed25519(pair), Algorithm::EdDSA) => Ok(pair.sign(message).as_ref().to_vec()),
            (Pair::P256(_) | Pair::Ed25519(_), _) => Err(SigningError::WrongAlgorithm),
        }
    }
}

fn rsa_encoding(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    match algorithm {
        Algorithm::RS256 => Some(&RSA_PKCS1_SHA256),
        Algorithm::RS384 => Some(&RSA_PKCS1_SHA384),
        Algorithm::RS512 => Some(&RSA_PKCS1_SHA512),
        Algorithm::PS256 => Some(&RSA_PSS_SHA256),
        Algorithm::PS384 => Some(&RSA_PSS_SHA384),
        Algorithm::PS512 => Some(&RSA_PSS_SHA512),
        Algorithm::ES256 | Algorithm::ES384 | Algorithm::ES512 | Algorithm::EdDSA => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::jwk::PublicKey;
    use crate::crypto::jws::Jws;

    #[test]
    fn every_algorithm_signs_what_its_public_key_verifies_and_nothing_else() {
        let keys = [
            (KeyType::Rsa, Algorithm::RS256),
            (KeyType::Rsa, Algorithm::RS384),
            (KeyType::Rsa, Algorithm::RS512),
            (KeyType::Rsa, Algorithm::PS256),
            (KeyType::Rsa, Algorithm::PS384),
            (KeyType::Rsa, Algorithm::PS512),
            (KeyType::P256, Algorithm::ES256),
            (KeyType::Ed25519, Algorithm::EdDSA),
        ];
        for (key_type, algorithm) in keys {
            let pkcs8 = SigningKey::generate_pkcs8(key_type).unwrap();
            let key = SigningKey::from_pkcs8(key_type, &pkcs8).unwrap();
            let token = key.sign(algorithm, "JWT", &json!({"sub": "1"})).unwrap();
            let jws = Jws::parse(&token).unwrap();
            assert_eq!(jws.algorithm, algorithm.name());
            let public = PublicKey::from_jwk(key.public_jwk().as_object().unwrap()).unwrap();
            for other in Algorithm::ALL {
                assert_eq!(public.verifies(other, &jws), other == algorithm, "{algorithm:?} as {other:?}");
            }
            let mut forged = jws.clone();
            forged.signature[5] ^= 1;
            assert!(!public.verifies(algorithm, &forged));
        }
    }

    #[test]
    fn a_key_restricted_to_one_algorithm_serves_no_other() {
        let pkcs8 = SigningKey::generate_pkcs8(KeyType::Rsa).unwrap();
        let key = SigningKey::from_pkcs8(KeyType::Rsa, &pkcs8).unwrap();
        let mut jwk = key.public_jwk().as_object().unwrap().clone();
        jwk.insert("alg".into(), json!("PS256"));
        let public = PublicKey::from_jwk(&jwk).unwrap();
        assert!(public.fits(Algorithm::PS256));
        assert!(!public.fits(Algorithm::RS256));
        for (name, value) in [
            ("use", json!("enc")),
            ("kty", json!("oct")),
            ("alg", json!("HS256")),
            ("key_ops", json!(["sign"])),
        ] {
            let mut unusable = jwk.clone();
            unusable.insert(name.into(), value);
            assert_eq!(PublicKey::from_jwk(&unusable), None, "{name}");
        }
    }
}
