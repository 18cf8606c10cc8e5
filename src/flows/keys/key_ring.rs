//! The keys in memory: swapped as a whole, and never for an older state than the one held.

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use moka::sync::Cache;

use super::{KeyError, change};
use crate::crypto::digest;
use crate::crypto::signing::{SigningError, SigningKey};
use crate::domain::clock::Timestamp;
use crate::domain::key_set::KeySet;
use crate::domain::limits;
use crate::domain::signing_key::{KeyRecord, KeyStatus};
use crate::protocol::tokens::{ACCESS_TOKEN_TYPE, AccessTokenClaims};
use crate::store::Store;

/// The keys in use.
#[derive(Default)]
pub struct KeyRing {
    held: RwLock<Held>,
    rotation_seconds: Option<i64>,
}

struct Held {
    /// How often the keys had been changed when they were read; `None` before the first time.
    revision: Option<i64>,
    keys: Arc<KeySet>,
    records: Arc<Vec<KeyRecord>>,
    verified: VerifiedTokens,
}

/// Access tokens that `keys` have verified, by their SHA-256: kept as long as these keys, and no longer.
type VerifiedTokens = Cache<[u8; 32], Arc<AccessTokenClaims>>;

impl Held {
    fn new(revision: Option<i64>, keys: KeySet, records: Vec<KeyRecord>) -> Self {
        let verified = Cache::new(limits::VERIFIED_TOKENS);
        Self { revision, keys: Arc::new(keys), records: Arc::new(records), verified }
    }
}

impl Default for Held {
    fn default() -> Self {
        Self::new(None, KeySet::default(), Vec::new())
    }
}

impl KeyRing {
    /// An empty ring, whose current keys are to be followed by others after `rotation_seconds`; `None`: never on
    /// schedule.
    pub fn new(rotation_seconds: Option<i64>) -> Self {
        Self { held: RwLock::default(), rotation_seconds }
    }

    /// The keys at this moment.
    pub fn current(&self) -> Arc<KeySet> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner).keys)
    }

    /// The claims of `token`, if it is an access token that one of our keys signed. Everything else about it is the
    /// caller's question.
    pub fn read_access_token(&self, token: &str) -> Option<Arc<AccessTokenClaims>> {
        let (keys, verified) = {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            (Arc::clone(&held.keys), held.verified.clone())
        };
        let name = digest::sha256(token.as_bytes());
        if let Some(claims) = verified.get(&name) {
            return Some(claims);
        }
        let claims = Arc::new(keys.verify::<AccessTokenClaims>(token, ACCESS_TOKEN_TYPE)?);
        verified.insert(name, Arc::clone(&claims));
        Some(claims)
    }

    /// What is known of every key, revoked ones included.
    pub fn records(&self) -> Arc<Vec<KeyRecord>> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner).records)
    }

    /// How long a key signs, in seconds; `None`: until somebody rotates it.
    pub fn rotation_seconds(&self) -> Option<i64> {
        self.rotation_seconds
    }

    /// Reads the keys from the database.
    ///
    /// # Errors
    /// [`KeyError`]: the database, or a key that the configured master key does not open.
    pub async fn load(&self, store: &Store) -> Result<(), KeyError> {
        // The revision first: a change in between is then read twice, and never missed.
        let (revision, stored) = store
            .read(|tx| Ok::<_, KeyError>((tx.revisions()?.signing_keys, tx.list_signing_keys()?)))
            .await?;
        let mut keys = Vec::with_capacity(stored.len());
        let mut records = Vec::with_capacity(stored.len());
        for key in stored {
            if key.record.status != KeyStatus::Revoked {
                let pkcs8 = STANDARD.decode(key.private_key.reveal()).map_err(|_| SigningError::Damaged)?;
                keys.push((key.record.status, SigningKey::from_pkcs8(key.record.key_type, &pkcs8)?));
            }
            records.push(key.record);
        }
        let read = Held::new(Some(revision), KeySet::new(keys), records);
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.revision <= read.revision {
            *held = read;
        }
        Ok(())
    }

    /// Reads the keys again if the database has changed them `revision` times and this ring saw fewer. One that
    /// failed is repeated at the next call.
    ///
    /// # Errors
    /// As [`KeyRing::load`].
    pub async fn notice(&self, store: &Store, revision: i64) -> Result<(), KeyError> {
        let known = self.held.read().unwrap_or_else(PoisonError::into_inner).revision;
        if known == Some(revision) {
            return Ok(());
        }
        self.load(store).await
    }

    /// Reads the keys, and makes those that are missing: all at the first start, the next ones of a database
    /// that an older release made. Nodes that start together end with the same keys.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn load_or_create(&self, store: &Store, now: Timestamp) -> Result<(), KeyError> {
        change::complete(store, now).await?;
        self.load(store).await
    }
}
