//! Our signing keys in use: one current key per type signs, every published key verifies.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::signing_key::KeyStatus;
use crate::crypto::jwk::PublicKey;
use crate::crypto::jws::{Algorithm, Jws};
use crate::crypto::signing::{KeyType, SigningError, SigningKey};

/// The keys of the issuer at one moment.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: Vec<(KeyStatus, Arc<SigningKey>, PublicKey)>,
}

impl KeySet {
    /// Revoked keys, and keys whose public half cannot be read, are left out.
    pub fn new(keys: impl IntoIterator<Item = (KeyStatus, SigningKey)>) -> Self {
        let mut keys: Vec<_> = keys
            .into_iter()
            .filter(|(status, _)| *status != KeyStatus::Revoked)
            .filter_map(|(status, key)| {
                let public = PublicKey::from_jwk(key.public_jwk().as_object()?)?;
                Some((status, Arc::new(key), public))
            })
            .collect();
        // Some applications take the first key of a set, whatever the token says.
        keys.sort_by_key(|(status, key, _)| (*status != KeyStatus::Current, key.key_type));
        Self { keys }
    }

    /// Whether every key type has a key that signs.
    pub fn is_complete(&self) -> bool {
        KeyType::ALL.into_iter().all(|key_type| self.current(key_type).is_some())
    }

    fn current(&self, key_type: KeyType) -> Option<&SigningKey> {
        self.keys
            .iter()
            .find(|(status, key, _)| *status == KeyStatus::Current && key.key_type == key_type)
            .map(|(_, key, _)| key.as_ref())
    }

    /// Signs `claims` with the current key for `algorithm`.
    ///
    /// # Errors
    /// [`SigningError::WrongAlgorithm`] for an algorithm we do not sign by, [`SigningError::Sign`].
    pub fn sign(
        &self,
        algorithm: Algorithm,
        token_type: &str,
        claims: &impl serde::Serialize,
    ) -> Result<String, SigningError> {
        KeyType::for_algorithm(algorithm)
            .and_then(|key_type| self.current(key_type))
            .ok_or(SigningError::WrongAlgorithm)?
            .sign(algorithm, token_type, claims)
    }

    /// The claims of a token that we signed as `token_type`. Times are the caller's to check.
    pub fn verify<T: DeserializeOwned>(&self, token: &str, token_type: &str) -> Option<T> {
        let jws = Jws::parse(token).ok()?;
        let algorithm = Algorithm::from_name(&jws.algorithm)?;
        if jws.token_type.as_deref() != Some(token_type) {
            return None;
        }
        let (_, _, public) =
            self.keys.iter().find(|(_, key, _)| jws.key_id.as_deref() == Some(&key.key_id))?;
        if !public.verifies(algorithm, &jws) {
            return None;
        }
        serde_json::from_slice(&jws.payload).ok()
    }

    /// The public half of a published key.
    pub fn public_jwk(&self, key_id: &str) -> Option<&Value> {
        self.keys.iter().find(|(_, key, _)| key.key_id == key_id).map(|(_, key, _)| key.public_jwk())
    }

    /// The published key set (RFC 7517 §5).
    pub fn jwks(&self) -> Value {
        let keys: Vec<&Value> = self.keys.iter().map(|(_, key, _)| key.public_jwk()).collect();
        json!({ "keys": keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key_type: KeyType) -> SigningKey {
        SigningKey::from_pkcs8(key_type, &SigningKey::generate_pkcs8(key_type).unwrap()).unwrap()
    }

    #[test]
    fn only_our_own_token_of_the_right_type_verifies() {
        let keys = KeySet::new([(KeyStatus::Current, key(KeyType::P256))]);
        let token = keys.sign(Algorithm::ES256, "at+jwt", &json!({"sub": "1"})).unwrap();
        assert!(keys.verify::<Value>(&token, "at+jwt").is_some());
        assert!(keys.verify::<Value>(&token, "JWT").is_none());
        let others = KeySet::new([(KeyStatus::Current, key(KeyType::P256))]);
        assert!(others.verify::<Value>(&token, "at+jwt").is_none());
        for cut in 1..token.len() {
            assert!(keys.verify::<Value>(&token[..cut], "at+jwt").is_none());
        }
    }

    #[test]
    fn the_key_that_signs_by_default_comes_first() {
        let rsa = key(KeyType::Rsa);
        let first = rsa.key_id.clone();
        let keys = KeySet::new([
            (KeyStatus::Previous, key(KeyType::Ed25519)),
            (KeyStatus::Next, key(KeyType::P256)),
            (KeyStatus::Current, key(KeyType::Ed25519)),
            (KeyStatus::Current, rsa),
        ]);
        assert_eq!(keys.jwks()["keys"][0]["kid"], first);
        assert_eq!(keys.public_jwk(&first), Some(&keys.jwks()["keys"][0]));
    }

    #[test]
    fn a_next_key_is_published_and_does_not_sign_and_a_revoked_one_is_gone() {
        let keys =
            KeySet::new([(KeyStatus::Next, key(KeyType::P256)), (KeyStatus::Revoked, key(KeyType::Ed25519))]);
        assert_eq!(keys.jwks()["keys"].as_array().unwrap().len(), 1);
        assert!(keys.sign(Algorithm::ES256, "JWT", &json!({})).is_err());
        assert!(!keys.is_complete());
    }
}
