//! `/api/v2/keys/signing…`

pub(super) mod list;
pub(super) mod read;
pub(super) mod revoke;
pub(super) mod rotate;

use serde_json::Value;

use crate::domain::signing_key_json::signing_key_json;
use crate::flows::keys::KeyRing;

/// Every key that is published or was revoked, oldest first.
fn shown(ring: &KeyRing) -> Vec<Value> {
    let (keys, records) = (ring.current(), ring.records());
    records.iter().map(|record| signing_key_json(record, keys.public_jwk(&record.key_id))).collect()
}

/// The one with this id.
fn shown_one(ring: &KeyRing, key_id: &str) -> Option<Value> {
    let (keys, records) = (ring.current(), ring.records());
    let record = records.iter().find(|record| record.key_id == key_id)?;
    Some(signing_key_json(record, keys.public_jwk(key_id)))
}
