//! The keys by which this hub proves who it is at one provider (`private_key_jwt`): one that signs, and the next one, which
//! the provider knows before it is needed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{OidcOptions, TokenEndpointAuthMethod};
use crate::crypto::jws::Algorithm;
use crate::crypto::signing::{KeyType, SigningError, SigningKey};
use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;
use crate::domain::signing_key::{KeyRecord, KeyStatus, StoredSigningKey};

/// The algorithms of client assertions, in the order they are named.
pub const ASSERTION_ALGORITHMS: [Algorithm; 8] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::EdDSA,
];

/// The kind of key that signs client assertions by `algorithm`.
pub const fn assertion_key_type(algorithm: Algorithm) -> KeyType {
    match algorithm {
        Algorithm::ES256 | Algorithm::ES384 | Algorithm::ES512 => KeyType::P256,
        Algorithm::EdDSA => KeyType::Ed25519,
        Algorithm::RS256
        | Algorithm::RS384
        | Algorithm::RS512
        | Algorithm::PS256
        | Algorithm::PS384
        | Algorithm::PS512 => KeyType::Rsa,
    }
}

/// The kind of key that a connection needs, if it signs at all.
pub fn needed_key_type(options: &OidcOptions) -> Option<KeyType> {
    (options.token_endpoint_auth_method == TokenEndpointAuthMethod::PrivateKeyJwt)
        .then(|| assertion_key_type(options.token_endpoint_auth_signing_alg))
}

/// Whether `keys` are those that sign by a key of `key_type`.
pub fn are_of(keys: &[StoredSigningKey], key_type: KeyType) -> bool {
    keys.iter().any(|key| key.record.status == KeyStatus::Current && key.record.key_type == key_type)
}

/// The keys after a rotation: the current one stops at once and is destroyed, the next one signs, and `new` waits.
pub fn rotated(keys: Vec<StoredSigningKey>, new: StoredSigningKey, now: Timestamp) -> Vec<StoredSigningKey> {
    let moved = keys.into_iter().filter_map(|key| {
        let record = key.record;
        match record.status {
            KeyStatus::Current => Some(StoredSigningKey {
                record: KeyRecord { status: KeyStatus::Previous, current_until: Some(now), ..record },
                private_key: Secret::new(""),
            }),
            KeyStatus::Next => Some(StoredSigningKey {
                record: KeyRecord { status: KeyStatus::Current, current_since: Some(now), ..record },
                private_key: key.private_key,
            }),
            KeyStatus::Previous | KeyStatus::Revoked => None,
        }
    });
    moved.chain([new]).collect()
}

/// The keys of a connection, parsed once.
#[derive(Debug, Default)]
pub struct ConnectionKeys {
    keys: Vec<(KeyRecord, Option<SigningKey>)>,
}

impl ConnectionKeys {
    /// # Errors
    /// [`SigningError::Damaged`].
    pub fn read(stored: Vec<StoredSigningKey>) -> Result<Self, SigningError> {
        let keys = stored.into_iter().map(|StoredSigningKey { record, private_key }| {
            let key = match record.status {
                KeyStatus::Previous | KeyStatus::Revoked => None,
                KeyStatus::Current | KeyStatus::Next => {
                    let pkcs8 = STANDARD.decode(private_key.reveal()).map_err(|_| SigningError::Damaged)?;
                    Some(SigningKey::from_pkcs8(record.key_type, &pkcs8)?)
                }
            };
            Ok((record, key))
        });
        Ok(Self { keys: keys.collect::<Result<_, SigningError>>()? })
    }

    /// The key that signs by `algorithm`.
    pub fn signing(&self, algorithm: Algorithm) -> Option<&SigningKey> {
        let key_type = assertion_key_type(algorithm);
        let is_it = |record: &KeyRecord| record.status == KeyStatus::Current && record.key_type == key_type;
        self.keys.iter().find(|(record, _)| is_it(record)).and_then(|(_, key)| key.as_ref())
    }

    /// The key set for the provider: what signs, and then what will.
    pub fn published(&self) -> Value {
        let of = |status: KeyStatus| self.keys.iter().filter(move |(record, _)| record.status == status);
        let keys: Vec<&Value> = of(KeyStatus::Current)
            .chain(of(KeyStatus::Next))
            .filter_map(|(_, key)| Some(key.as_ref()?.public_jwk()))
            .collect();
        json!({"keys": keys})
    }

    /// As the Management API shows them, by Auth0's names; never a private key. Its `cert` is absent: we publish keys, not
    /// certificates.
    pub fn shown(&self, options: &OidcOptions) -> Vec<Value> {
        self.keys.iter().map(|(record, key)| shown(record, key.as_ref(), options)).collect()
    }

    /// One of them as it is shown.
    pub fn shown_as(&self, status: KeyStatus, options: &OidcOptions) -> Option<Value> {
        let found = self.keys.iter().find(|(record, _)| record.status == status);
        found.map(|(record, key)| shown(record, key.as_ref(), options))
    }
}

fn shown(record: &KeyRecord, key: Option<&SigningKey>, options: &OidcOptions) -> Value {
    let chosen = options.token_endpoint_auth_signing_alg;
    let algorithm = match record.key_type {
        key_type if key_type == assertion_key_type(chosen) => chosen,
        KeyType::Rsa => Algorithm::RS256,
        KeyType::P256 => Algorithm::ES256,
        KeyType::Ed25519 => Algorithm::EdDSA,
    };
    let mut json = Map::new();
    json.insert("kid".into(), json!(record.key_id));
    json.insert("algorithm".into(), json!(algorithm.name()));
    json.insert("key_use".into(), json!("signing"));
    for (name, status) in
        [("current", KeyStatus::Current), ("next", KeyStatus::Next), ("previous", KeyStatus::Previous)]
    {
        json.insert(name.into(), json!(record.status == status));
    }
    for (name, moment) in [
        ("created_at", Some(record.created_at)),
        ("current_since", record.current_since),
        ("current_until", record.current_until),
    ] {
        if let Some(moment) = moment {
            json.insert(name.into(), json!(moment.iso8601()));
        }
    }
    if let Some(key) = key {
        json.insert("jwk".into(), key.public_jwk().clone());
    }
    Value::Object(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn key(status: KeyStatus, key_type: KeyType) -> StoredSigningKey {
        let pkcs8 = SigningKey::generate_pkcs8(key_type).unwrap();
        let key_id = SigningKey::from_pkcs8(key_type, &pkcs8).unwrap().key_id;
        StoredSigningKey {
            record: KeyRecord::new(key_id, key_type, status, NOW),
            private_key: Secret::new(STANDARD.encode(pkcs8)),
        }
    }

    #[test]
    fn a_rotation_moves_every_key_one_place_and_destroys_what_signed() {
        let before = vec![
            key(KeyStatus::Previous, KeyType::P256),
            key(KeyStatus::Current, KeyType::P256),
            key(KeyStatus::Next, KeyType::P256),
        ];
        let (current, next) = (before[1].record.key_id.clone(), before[2].record.key_id.clone());
        let new = key(KeyStatus::Next, KeyType::P256);
        let after = rotated(before, new.clone(), NOW.plus_seconds(60));
        let places: Vec<_> = after.iter().map(|key| (key.record.key_id.clone(), key.record.status)).collect();
        assert_eq!(
            places,
            [
                (current, KeyStatus::Previous),
                (next.clone(), KeyStatus::Current),
                (new.record.key_id.clone(), KeyStatus::Next)
            ]
        );
        assert_eq!(after[0].private_key.reveal(), "");
        let keys = ConnectionKeys::read(after).unwrap();
        assert_eq!(keys.signing(Algorithm::ES256).unwrap().key_id, next);
        assert!(keys.signing(Algorithm::RS256).is_none() && keys.signing(Algorithm::EdDSA).is_none());
        let published = keys.published();
        let ids: Vec<&Value> = published["keys"].as_array().unwrap().iter().map(|key| &key["kid"]).collect();
        assert_eq!(ids, [&json!(next), &json!(new.record.key_id)], "the provider knows the next one already");
    }

    #[test]
    fn no_private_key_is_published_or_shown() {
        let keys = ConnectionKeys::read(vec![key(KeyStatus::Current, KeyType::Ed25519)]).unwrap();
        let options = OidcOptions::default();
        let shown = json!([keys.published(), keys.shown(&options)]).to_string();
        assert!(!shown.contains("\"d\"") && shown.contains("\"x\""), "{shown}");
        assert_eq!(keys.shown_as(KeyStatus::Current, &options).unwrap()["algorithm"], "EdDSA");
        assert_eq!(keys.shown_as(KeyStatus::Next, &options), None);
    }
}
