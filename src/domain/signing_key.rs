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

/// A key as stored: PKCS#8 in base64, sealed by the store.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSigningKey {
    pub key_id: String,
    pub key_type: KeyType,
    pub status: KeyStatus,
    pub private_key: Secret,
    pub created_at: Timestamp,
}
