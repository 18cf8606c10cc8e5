//! Which origins any application has: asked before we know which application calls.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::domain::limits;
use crate::store::{Page, Store, StoreError};

/// The origins of all applications, as of one generation of the directory.
#[derive(Default)]
pub(super) struct ClientOrigins {
    /// One reader at a time: the others find what it read.
    known: Mutex<Option<(u64, Arc<HashSet<String>>)>>,
}

impl ClientOrigins {
    /// The origins at `generation`, read again if those held are of another one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn at(
        &self,
        generation: u64,
        store: &Store,
    ) -> Result<Arc<HashSet<String>>, StoreError> {
        let mut known = self.known.lock().await;
        if let Some((of, origins)) = known.as_ref()
            && *of == generation
        {
            return Ok(Arc::clone(origins));
        }
        let origins = Arc::new(read(store).await?);
        *known = Some((generation, Arc::clone(&origins)));
        Ok(origins)
    }
}

/// Page by page: a reader of the database is not held for longer than one of them takes.
async fn read(store: &Store) -> Result<HashSet<String>, StoreError> {
    let mut origins = HashSet::new();
    let mut after = None;
    loop {
        let page = Page::After { after, take: limits::CLIENTS_PER_READ };
        let paged = store.read(move |tx| tx.list_clients(&page)).await?;
        origins.extend(paged.items.iter().flat_map(|client| client.browser_origins()));
        after = paged.next;
        if after.is_none() {
            return Ok(origins);
        }
    }
}
