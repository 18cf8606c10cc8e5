//! Which origins any application has: asked before we know which application calls.

use std::collections::HashSet;

use crate::domain::limits;
use crate::store::{Page, Store, StoreError};

/// Page by page: a reader of the database is not held for longer than one of them takes.
pub(super) async fn read_client_origins(store: &Store) -> Result<HashSet<String>, StoreError> {
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
