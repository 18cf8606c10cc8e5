//! A provider's key set (RFC 7517 §5), parsed once when fetched.

use serde_json::Value;

use super::error::UpstreamError;
use super::http::{HttpClient, Purpose};
use super::json_answer::Document;
use crate::crypto::jwk::PublicKey;
use crate::crypto::jws::{Algorithm, Jws};
use crate::domain::limits;

/// Public keys of somebody who signs.
#[derive(Debug)]
pub struct KeySet {
    keys: Vec<PublicKey>,
}

/// What the keys say of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
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
        let purpose =
            Purpose { connection, operation: "keys", limit: limits::OUTBOUND_DOCUMENT_BYTES, network: None };
        let answer = http.get(purpose, url).await?;
        let set = answer.into_object(Document { check: "keys", name: "the key set", url })?;
        let keys = Self::read(set.get("keys")).ok_or_else(|| {
            UpstreamError::invalid(
                "keys",
                format!("a key set with keys that verify signatures at {url}"),
                "none of RSA (2048 bits or more), P-256, P-384, P-521 or Ed25519",
                format!("Publish the public signing keys of your provider at {url}."),
            )
        });
        http.trace().tell(&["keys"], keys)
    }

    /// Reads the list `keys` of a JWK set; `None` without any key that verifies signatures.
    pub fn read(keys: Option<&Value>) -> Option<Self> {
        let keys: Vec<PublicKey> = keys?
            .as_array()?
            .iter()
            .filter_map(|key| PublicKey::from_jwk(key.as_object()?))
            .take(limits::KEYS_PER_PROVIDER)
            .collect();
        (!keys.is_empty()).then_some(Self { keys })
    }

    /// Whether `accepts` every issuer that the keys `jws` may be signed by are restricted to. Providers of several tenants
    /// say so of keys that sign for one of them alone.
    pub(super) fn is_key_of(&self, jws: &Jws<'_>, accepts: impl Fn(&str) -> bool) -> bool {
        let may_have_signed =
            |key: &&PublicKey| jws.key_id.is_none() || key.key_id.is_none() || key.key_id == jws.key_id;
        self.keys.iter().filter(may_have_signed).all(|key| key.issuer.as_deref().is_none_or(&accepts))
    }

    /// Verifies `jws`: by the key its `kid` names; without a `kid`, or where the set names no keys, by any
    /// key that fits the algorithm (OpenID Connect Core §10.1).
    pub fn verify(&self, algorithm: Algorithm, jws: &Jws<'_>) -> Signature {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::upstream::test_provider::{Signer, raw_token};

    fn set(keys: &[Value]) -> KeySet {
        KeySet::read(Some(&json!(keys))).unwrap()
    }

    fn without_kid(mut jwk: Value) -> Value {
        jwk.as_object_mut().unwrap().remove("kid");
        jwk
    }

    fn renamed(mut jwk: Value, kid: &str) -> Value {
        jwk["kid"] = json!(kid);
        jwk
    }

    #[test]
    fn the_named_key_decides_and_unnamed_ones_are_tried() {
        let (one, other) = (Signer::new(Algorithm::ES256), Signer::new(Algorithm::ES256));
        let named = one.sign(&json!({}));
        let verify =
            |keys: &[Value], token: &str| set(keys).verify(Algorithm::ES256, &Jws::parse(token).unwrap());
        assert_eq!(verify(&[one.jwk(), other.jwk()], &named), Signature::Verified);
        assert_eq!(verify(&[other.jwk()], &named), Signature::UnknownKey);
        assert_eq!(verify(&[without_kid(one.jwk())], &named), Signature::Verified);
        assert_eq!(verify(&[other.jwk(), without_kid(one.jwk())], &named), Signature::Verified);
        assert_eq!(verify(&[without_kid(other.jwk())], &named), Signature::UnknownKey);
        assert_eq!(
            verify(&[renamed(one.jwk(), "another")], &named),
            Signature::UnknownKey,
            "right key, other name"
        );
        assert_eq!(verify(&[renamed(other.jwk(), &one.key.key_id)], &named), Signature::Wrong);
        let both = [renamed(other.jwk(), &one.key.key_id), one.jwk()];
        assert_eq!(verify(&both, &named), Signature::Verified, "two keys of one name");
    }

    #[test]
    fn a_token_without_kid_is_tried_with_every_fitting_key() {
        let signer = Signer::new(Algorithm::EdDSA);
        let token = signer.sign(&json!({}));
        let mut jws = Jws::parse(&token).unwrap();
        jws.key_id = None;
        let others = [Signer::new(Algorithm::EdDSA).jwk(), Signer::new(Algorithm::ES256).jwk()];
        let all = [others[0].clone(), others[1].clone(), signer.jwk()];
        assert_eq!(set(&all).verify(Algorithm::EdDSA, &jws), Signature::Verified);
        assert_eq!(set(&others).verify(Algorithm::EdDSA, &jws), Signature::UnknownKey);
    }

    #[test]
    fn algorithm_confusion_and_keys_inside_the_token_do_not_verify() {
        let rsa = Signer::new(Algorithm::RS256);
        let attacker = Signer::new(Algorithm::ES256);
        let keys = set(&[rsa.jwk()]);
        let good = rsa.sign(&json!({"sub": "1"}));
        assert_eq!(keys.verify(Algorithm::RS256, &Jws::parse(&good).unwrap()), Signature::Verified);
        for algorithm in [Algorithm::PS256, Algorithm::RS512, Algorithm::ES256, Algorithm::EdDSA] {
            assert_eq!(keys.verify(algorithm, &Jws::parse(&good).unwrap()), Signature::Wrong);
        }
        let forged =
            raw_token(&json!({"alg": "ES256", "jwk": attacker.jwk(), "kid": rsa.key.key_id}), "{}", &[1; 64]);
        assert_eq!(keys.verify(Algorithm::ES256, &Jws::parse(&forged).unwrap()), Signature::Wrong);
        for kid in ["../../dev/null", "' OR 1=1 --", ""] {
            let forged = raw_token(&json!({"alg": "RS256", "kid": kid}), "{}", &[1; 256]);
            assert_eq!(keys.verify(Algorithm::RS256, &Jws::parse(&forged).unwrap()), Signature::UnknownKey);
        }
    }

    #[test]
    fn a_set_is_bounded_and_unusable_keys_are_passed_over() {
        let key = Signer::new(Algorithm::EdDSA).jwk();
        assert_eq!(set(&vec![key.clone(); 500]).keys.len(), limits::KEYS_PER_PROVIDER);
        let odd = [json!(5), json!({}), json!({"kty": "oct", "k": "AAAA"}), json!({"kty": "RSA"}), key];
        assert_eq!(set(&odd).keys.len(), 1);
        for unusable in [json!(null), json!({}), json!([]), json!(["x"]), json!([{"kty": "oct", "k": "AA"}])]
        {
            assert!(KeySet::read(Some(&unusable)).is_none(), "{unusable}");
        }
        assert!(KeySet::read(None).is_none());
    }
}
