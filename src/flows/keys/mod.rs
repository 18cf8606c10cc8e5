//! Our signing keys: made at the first start, kept in memory, read again when any node changes them.

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::crypto::signing::{KeyType, SigningError, SigningKey};
use crate::domain::clock::Timestamp;
use crate::domain::key_set::KeySet;
use crate::domain::secret::Secret;
use crate::domain::signing_key::{KeyStatus, StoredSigningKey};
use crate::store::{Store, StoreError};

/// Why the keys could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Signing(#[from] SigningError),
}

/// The keys in use, swapped as a whole.
#[derive(Default)]
pub struct KeyRing(RwLock<Arc<KeySet>>);

impl KeyRing {
    /// The keys at this moment.
    pub fn current(&self) -> Arc<KeySet> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the keys from the database.
    ///
    /// # Errors
    /// [`KeyError`]: the database, or a key that the configured master key does not open.
    pub async fn load(&self, store: &Store) -> Result<(), KeyError> {
        let stored = store.read(|tx| tx.list_signing_keys()).await?;
        let mut keys = Vec::with_capacity(stored.len());
        for key in stored {
            let pkcs8 = STANDARD.decode(key.private_key.reveal()).map_err(|_| SigningError::Damaged)?;
            keys.push((key.status, SigningKey::from_pkcs8(key.key_type, &pkcs8)?));
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(KeySet::new(keys));
        Ok(())
    }

    /// Reads the keys, and makes the first ones where there are none. Nodes that start together end with
    /// the same keys: the database keeps one set.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn load_or_create(&self, store: &Store, now: Timestamp) -> Result<(), KeyError> {
        self.load(store).await?;
        if self.current().is_complete() {
            return Ok(());
        }
        let mut first = Vec::with_capacity(KeyType::ALL.len());
        for key_type in KeyType::ALL {
            let pkcs8 = SigningKey::generate_pkcs8(key_type)?;
            let key = SigningKey::from_pkcs8(key_type, &pkcs8)?;
            first.push(StoredSigningKey {
                key_id: key.key_id,
                key_type,
                status: KeyStatus::Current,
                private_key: Secret::new(STANDARD.encode(pkcs8)),
                created_at: now,
            });
        }
        store.write(move |tx| tx.add_first_signing_keys(&first)).await?;
        self.load(store).await
    }
}
