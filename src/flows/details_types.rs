//! Which types of `authorization_details` any API declares (RFC 9396 §10): our metadata names them.

use std::collections::BTreeSet;

use crate::domain::limits;
use crate::store::{Page, Store, StoreError};

/// Page by page: a reader of the database is not held for longer than one of them takes.
pub(super) async fn read_details_types(store: &Store) -> Result<BTreeSet<String>, StoreError> {
    let mut types = BTreeSet::new();
    let mut after = None;
    loop {
        let page = Page::After { after, take: limits::APIS_PER_READ };
        let paged = store.read(move |tx| tx.list_resource_servers(&[], &page)).await?;
        let declared = paged.items.into_iter().flat_map(|api| api.settings.authorization_details);
        types.extend(declared.map(|declared| declared.name));
        after = paged.next;
        if after.is_none() {
            return Ok(types);
        }
    }
}
