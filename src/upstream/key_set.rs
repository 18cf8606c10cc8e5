//! A provider's key set (RFC 7517 §5), parsed once when fetched.

use serde_json::Value;

use super::error::UpstreamError;
use super::http::{HttpClient, Purpose};
use super::json_answer::Expected;
use crate::crypto::jwk::PublicKey;
use crate::crypto::jws::{Algorithm, Jws};
use crate::domain::limits;

#[derive(Debug)]
pub(super) struct KeySet {
    keys: Vec<PublicKey>,
}

/// What the keys say of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    Verified,
    /// No key here can be the one meant; a newer set may have it.
    UnknownKey,
    /// The key that is meant says no.
    Wrong,
}

impl KeySet {
    /// Fetches the set at `url`. Keys that cannot verify a signature here are passed over, and those beyond
    /// [`limits::KEYS_PER_PROVIDER`] too.
    ///
    /// # Errors
    /// `keys`, and those of [`HttpClient::send`].
    pub(super) async fn fetch(http: &HttpClient, connection: &str, url: &str) -> Result<Self, UpstreamError> {
        let purpose = Purpose { connection, operation: "keys", limit: limits::OUTBOUND_DOCUMENT_BYTES };
        let answer = http.get(purpose, url).await?;
        let set = answer.into_object(Expected { check: "keys", document: "the key set", url })?;
        Self::read(set.get("keys")).ok_or_else(|| {
            UpstreamError::invalid(
                "keys",
                format!("a key set with keys that verify signatures at {url}"),
                "none of RSA (2048 bits or more), P-256, P-384, P-521 or Ed25519",
                format!("Publish the public signing keys of your provider at {url}."),
            )
        })
    }

    fn read(keys: Option<&Value>) -> Option<Self> {
        let keys: Vec<PublicKey> = keys?
            .as_array()?
            .iter()
            .filter_map(|key| PublicKey::from_jwk(key.as_object()?))
            .take(limits::KEYS_PER_PROVIDER)
            .collect();
        (!keys.is_empty()).then_some(Self { keys })
    }

    /// Verifies `jws`: by the key its `kid` names; without a `kid`, or where the set names no keys, by any
    /// key that fits the algorithm (OpenID Connect Core §10.1).
    pub(super) fn verify(&self, algorithm: Algorithm, jws: &Jws<'_>) -> Signature {
        let named = |key: &&PublicKey| key.key_id == jws.key_id;
        if jws.key_id.is_some() && self.keys.iter().any(|key| named(&key)) {
            let verified = self.keys.iter().filter(named).any(|key| key.verifies(algorithm, jws));
            return if verified { Signature::Verified } else { Signature::Wrong };
        }
        let mut candidates = self.keys.iter().filter(|key| jws.key_id.is_none() || key.key_id.is_none());
        match candidates.any(|key| key.verifies(algorithm, jws)) {
            true => Signature::Verified,
            false => Signature::UnknownKey,
        }
    }
}
