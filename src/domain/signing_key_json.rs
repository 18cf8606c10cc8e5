//! A signing key as the Management API and the command line show it: Auth0's names, and the public key.

use serde_json::{Map, Value, json};

use super::signing_key::{KeyRecord, KeyStatus};
use crate::crypto::signing::KeyType;

/// The key's JSON. Auth0's `cert` and what is computed from it are absent: we publish keys, not certificates;
/// `jwk` is the public key as in the key set, absent once it is revoked.
pub fn signing_key_json(record: &KeyRecord, jwk: Option<&Value>) -> Value {
    let mut json = Map::new();
    json.insert("kid".into(), json!(record.key_id));
    json.insert("key_type".into(), json!(record.key_type.name()));
    json.insert("algorithms".into(), json!(algorithms(record.key_type)));
    json.insert("status".into(), json!(record.status.name()));
    for (name, status) in
        [("current", KeyStatus::Current), ("next", KeyStatus::Next), ("previous", KeyStatus::Previous)]
    {
        json.insert(name.into(), json!(record.status == status));
    }
    json.insert("revoked".into(), json!(record.status == KeyStatus::Revoked));
    let since = match record.status {
        KeyStatus::Current => record.current_since.or(Some(record.created_at)),
        KeyStatus::Next | KeyStatus::Previous | KeyStatus::Revoked => record.current_since,
    };
    for (name, moment) in [
        ("created_at", Some(record.created_at)),
        ("current_since", since),
        ("current_until", record.current_until),
        ("revoked_at", record.revoked_at),
        ("expires_at", record.expires_at),
    ] {
        if let Some(moment) = moment {
            json.insert(name.into(), json!(moment.iso8601()));
        }
    }
    if let Some(jwk) = jwk {
        json.insert("jwk".into(), jwk.clone());
    }
    Value::Object(json)
}

/// The JWS algorithms that a key of this type signs by.
pub const fn algorithms(key_type: KeyType) -> &'static [&'static str] {
    match key_type {
        KeyType::Rsa => &["RS256", "PS256"],
        KeyType::P256 => &["ES256"],
        KeyType::Ed25519 => &["EdDSA"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Timestamp;

    #[test]
    fn a_key_is_shown_with_its_place_in_the_rotation() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let mut record = KeyRecord::new("k".into(), KeyType::Rsa, KeyStatus::Current, now);
        let shown = signing_key_json(&record, Some(&json!({"kty": "RSA"})));
        assert_eq!(
            shown,
            json!({
                "kid": "k", "key_type": "RSA", "algorithms": ["RS256", "PS256"], "status": "current",
                "current": true, "next": false, "previous": false, "revoked": false,
                "created_at": "2027-01-15T08:00:00.000Z", "current_since": "2027-01-15T08:00:00.000Z",
                "jwk": {"kty": "RSA"},
            })
        );
        record.current_since = None;
        assert_eq!(signing_key_json(&record, None)["current_since"], shown["current_since"]);
        record.status = KeyStatus::Revoked;
        record.revoked_at = Some(now);
        let shown = signing_key_json(&record, None);
        assert_eq!((&shown["revoked"], &shown["current"]), (&json!(true), &json!(false)));
        assert!(shown.get("jwk").is_none() && shown["revoked_at"].is_string());
    }
}
