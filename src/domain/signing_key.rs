//! The life of a signing key of ours.

use super::clock::Timestamp;
use super::secret::Secret;
use crate::crypto::signing::KeyType;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    /// Published, not yet signing: so that caches know it before it is needed.
    Next,
    Current,
    /// Published, no longer signing.
    Previous,
    Revoked,
}

impl KeyStatus {
    pub const ALL: [Self; 4] = [Self::Next, Self::Current, Self::Previous, Self::Revoked];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Current => "current",
            Self::Previous => "previous",
            Self::Revoked => "revoked",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// What is known of a key, the key itself left out.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyRecord {
    pub key_id: String,
    pub key_type: KeyType,
    pub status: KeyStatus,
    /// Since then it is published.
    pub created_at: Timestamp,
    /// Since then it signs, or signed. A current key without it has always been one.
    pub current_since: Option<Timestamp>,
    pub current_until: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    /// For a previous or revoked key: when everything it signed has expired, and its record goes.
    pub expires_at: Option<Timestamp>,
}

impl KeyRecord {
    /// A key made at `now`, as `status`.
    pub fn new(key_id: String, key_type: KeyType, status: KeyStatus, now: Timestamp) -> Self {
        Self {
            key_id,
            key_type,
            status,
            created_at: now,
            current_since: (status == KeyStatus::Current).then_some(now),
            current_until: None,
            revoked_at: None,
            expires_at: None,
        }
    }
}

/// A key as stored: PKCS#8 in base64, sealed by the store; empty once it is revoked.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSigningKey {
    pub record: KeyRecord,
    pub private_key: Secret,
}
