//! The metadata that logins through connections go by, in memory and bounded; what any node adopts is seen within a
//! second.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use moka::sync::Cache;

use super::directory::Directory;
use crate::domain::connection::{Connection, Strategy};
use crate::domain::limits;
use crate::domain::provider_metadata::{AdoptedMetadata, KeptMetadata};
use crate::store::StoreError;

/// Counted changes, and the id of a connection: what was read before a change is never found after it.
type Key = (u64, String);

pub(super) struct Adopted {
    generation: AtomicU64,
    in_memory: Cache<Key, Option<Arc<KeptMetadata>>>,
}

impl Default for Adopted {
    fn default() -> Self {
        Self { generation: AtomicU64::default(), in_memory: Cache::new(limits::CACHED_PROVIDERS) }
    }
}

impl Adopted {
    pub(super) fn forget(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }
}

impl Directory {
    /// What logins through `connection` go by; `None` where nothing of its provider was adopted yet. It may be one that is
    /// only tried: what is in memory does not depend on its settings.
    ///
    /// # Errors
    /// [`StoreError`] when it is not in memory and the database does not answer.
    pub async fn adopted_metadata(
        &self,
        connection: &Connection,
    ) -> Result<Option<Arc<AdoptedMetadata>>, StoreError> {
        if connection.strategy == Strategy::Local {
            return Ok(None);
        }
        let key = (self.adopted.generation.load(Ordering::Acquire), connection.id.clone());
        let kept = match self.adopted.in_memory.get(&key) {
            Some(kept) => kept,
            None => {
                let id = connection.id.clone();
                let kept = self.store.read(move |tx| tx.find_provider_metadata(&id)).await?.map(Arc::new);
                self.adopted.in_memory.insert(key, kept.clone());
                kept
            }
        };
        Ok(kept.and_then(|kept| AdoptedMetadata::of(connection, &kept)).map(Arc::new))
    }

    /// Forgets what was adopted: after a change of our own.
    pub fn forget_adopted_metadata(&self) {
        self.adopted.forget();
    }
}
