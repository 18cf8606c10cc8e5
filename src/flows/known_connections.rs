//! Connections in memory, bounded, each by itself: a change of one leaves the others where they are.

use std::collections::BTreeSet;
use std::sync::Arc;

use moka::sync::Cache;

use super::directory::Key;
use super::generations::Generations;
use crate::domain::connection::{Connection, ConnectionKeys};
use crate::domain::limits;
use crate::store::{ConnectionChanges, ConnectionFilter, Page, Paged, StoreError, Tx};

/// The connections of a directory, for use inside a transaction too; clones share them.
#[derive(Clone)]
pub struct Connections(Arc<Known>);

/// The generation is part of every key: what was read before a change is never found after it, even when a slow read
/// stores its answer late.
struct Known {
    generations: Generations,
    by_id: Cache<Key, Arc<Connection>>,
    /// By name.
    ids: Cache<Key, String>,
    keys: Cache<Key, Arc<ConnectionKeys>>,
    /// How many connections a filter lets through.
    totals: Cache<ConnectionFilter, AsOf<i64>>,
    /// The name with which the list begins behind its first so many connections.
    beginnings: Cache<(ConnectionFilter, i64), AsOf<String>>,
}

/// What was true of the list of connections at a revision.
#[derive(Clone)]
struct AsOf<T> {
    /// Of the database, before it was read.
    revision: i64,
    fact: T,
}

impl<T> AsOf<T> {
    fn still(self, revision: i64) -> Option<T> {
        (self.revision == revision).then_some(self.fact)
    }
}

impl Default for Connections {
    fn default() -> Self {
        Self(Arc::new(Known {
            generations: Generations::default(),
            by_id: Cache::new(limits::CACHED_RECORDS),
            ids: Cache::new(limits::CACHED_RECORDS),
            keys: Cache::new(limits::CACHED_RECORDS),
            totals: Cache::new(limits::COUNTED_LISTS),
            beginnings: Cache::new(limits::PAGE_BEGINNINGS),
        }))
    }
}

impl Connections {
    pub(super) fn generations(&self) -> &Generations {
        &self.0.generations
    }

    fn key(&self, id: &str) -> Key {
        (self.0.generations.of(id), id.to_owned())
    }

    pub(super) fn in_memory(&self, id: &str) -> Option<Arc<Connection>> {
        self.0.by_id.get(&self.key(id))
    }

    /// The connection `id`; one that is not in memory is read by `tx`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn find(&self, tx: &mut Tx<'_>, id: &str) -> Result<Option<Arc<Connection>>, StoreError> {
        let key = self.key(id);
        if let Some(connection) = self.0.by_id.get(&key) {
            return Ok(Some(connection));
        }
        let found = tx.find_connection(id)?.map(Arc::new);
        if let Some(connection) = &found {
            self.0.by_id.insert(key, Arc::clone(connection));
        }
        Ok(found)
    }

    pub(super) fn id_in_memory(&self, name: &str) -> Option<String> {
        self.0.ids.get(&(self.0.generations.of_all(), name.to_owned()))
    }

    /// The connection called `name`, read by `tx`.
    pub(super) fn read_named(
        &self,
        tx: &mut Tx<'_>,
        name: &str,
    ) -> Result<Option<Arc<Connection>>, StoreError> {
        let generations = &self.0.generations;
        let (newest, of_all) = (generations.newest(), generations.of_all());
        let found = tx.find_connection_by_name(name)?.map(Arc::new);
        if let Some(connection) = &found {
            self.0.ids.insert((of_all, name.to_owned()), connection.id.clone());
            let generation = generations.of(&connection.id);
            // What was changed while it was read is read again.
            if generation <= newest {
                self.0.by_id.insert((generation, connection.id.clone()), Arc::clone(connection));
            }
        }
        Ok(found)
    }

    pub(super) fn keys_in_memory(&self, connection_id: &str) -> Option<Arc<ConnectionKeys>> {
        self.0.keys.get(&self.key(connection_id))
    }

    /// The keys of a connection, read by `tx`.
    pub(super) fn read_keys(
        &self,
        tx: &mut Tx<'_>,
        connection_id: &str,
    ) -> Result<Arc<ConnectionKeys>, StoreError> {
        let key = self.key(connection_id);
        let keys = ConnectionKeys::read(tx.keys_of_connection(connection_id)?);
        let keys = Arc::new(keys.map_err(|_| StoreError::Corrupt { what: "a connection's key" })?);
        self.0.keys.insert(key, Arc::clone(&keys));
        Ok(keys)
    }

    /// As [`Tx::list_connections`]. To count is to look at every connection, and to find where a page begins at those before
    /// it; so both are done once for each revision and not for each page. Whatever changes the list, on any node, makes a
    /// new revision in the same transaction.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list(
        &self,
        tx: &mut Tx<'_>,
        filter: &ConnectionFilter,
        page: &Page,
    ) -> Result<Paged<Connection>, StoreError> {
        let offset = page.offset();
        if !page.wants_total() && offset == 0 {
            return tx.list_connections(filter, page, None);
        }
        // Read before anything else: a change between the two has it done once more, and is never missed.
        let revision = tx.revisions()?.connections;
        let (totals, beginnings) = (&self.0.totals, &self.0.beginnings);
        let total = totals.get(filter).and_then(|known| known.still(revision));
        let place = (filter.clone(), offset);
        let beginning = beginnings.get(&place).and_then(|known| known.still(revision));
        let asked = if total.is_some() { page.without_total() } else { page.clone() };
        let paged = tx.list_connections(filter, &asked, beginning.as_deref())?;
        if let Some(fact) = paged.total {
            totals.insert(filter.clone(), AsOf { revision, fact });
        }
        if beginning.is_none()
            && offset > 0
            && let Some(first) = paged.items.first()
        {
            beginnings.insert(place, AsOf { revision, fact: first.name.clone() });
        }
        Ok(Paged { total: paged.total.or(total.filter(|_| page.wants_total())), ..paged })
    }
}

/// What has happened to connections.
pub(super) struct Changes {
    /// Up to this revision, at least.
    pub(super) revision: i64,
    /// The ids of all that was made, changed or removed, and what there is of them now; `None` if that is not known.
    pub(super) of: Option<(BTreeSet<String>, Vec<Connection>)>,
}

/// What has happened since the revision `known`; without one, anything.
pub(super) fn read_changes(tx: &mut Tx<'_>, known: Option<i64>) -> Result<Changes, StoreError> {
    let revision = tx.revisions()?.connections;
    let Some(known) = known else { return Ok(Changes { revision, of: None }) };
    let of = match tx.connection_changes(known, revision)? {
        ConnectionChanges::Of(ids) => {
            let found = if ids.is_empty() { Vec::new() } else { tx.connections_with_ids(&ids)? };
            Some((ids, found))
        }
        ConnectionChanges::Any => None,
    };
    Ok(Changes { revision, of })
}
