//! An application's secrets: two at a time, so that one can be rotated without downtime.

use crate::crypto::digest;
use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;

/// One secret, as far as we keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSecret {
    /// SHA-256 of the secret in base64url.
    pub hash: String,
    /// The secret itself, only where it signs (`client_secret_jwt`); sealed in the database.
    pub readable: Option<Secret>,
    pub created_at: Timestamp,
    /// `None`: until it is rotated.
    pub expires_at: Option<Timestamp>,
}

impl ClientSecret {
    /// The current secret from now on; readable if it will sign.
    pub fn new(secret: &Secret, signs: bool, now: Timestamp) -> Self {
        Self {
            hash: digest::sha256_base64url(secret.reveal()),
            readable: signs.then(|| secret.clone()),
            created_at: now,
            expires_at: None,
        }
    }

    /// What an administrator calls it by; tells nothing of the secret.
    pub fn id(&self) -> String {
        let hash = digest::sha256_base64url(&self.hash);
        format!("sec_{}", hash.get(..16).unwrap_or(&hash))
    }

    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}
