//! What leads to which connection: from memory, or from the database while memory is behind.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};

use moka::sync::Cache;

use crate::domain::limits;
use crate::domain::realm_index::{Lead, RealmIndex};
use crate::store::{Store, StoreError};

use super::directory::{Directory, Generation};

/// The index of one generation of the directory. The database knows the same; this only knows it sooner.
pub(super) struct Realms {
    store: Store,
    generation: Generation,
    known: RwLock<Option<(u64, Known)>>,
    verified: Cache<(u64, String), Arc<BTreeSet<String>>>,
}

#[derive(Clone)]
enum Known {
    Indexed(Arc<RealmIndex>),
    /// More routes than memory is meant for.
    TooMany,
}

impl Realms {
    pub(super) fn new(store: Store, generation: Generation) -> Self {
        Self { store, generation, known: RwLock::default(), verified: Cache::new(limits::CACHED_RECORDS) }
    }

    /// Which connections list the domains `candidates`, most specific first: pairs of domain and connection id.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn of_domains(&self, candidates: &[String]) -> Result<Vec<(String, String)>, StoreError> {
        if let Some(index) = self.current() {
            let of = |domain: &String| {
                let ids = index.find(Lead::Domain, domain).into_iter();
                ids.map(|id| (domain.clone(), id)).collect::<Vec<_>>()
            };
            return Ok(candidates.iter().flat_map(of).collect());
        }
        let wanted = candidates.to_vec();
        let mut found = self.store.read(move |tx| tx.connection_ids_for_domains(&wanted)).await?;
        found.sort_by_key(|(domain, _)| candidates.iter().position(|candidate| candidate == domain));
        Ok(found)
    }

    /// Which connections list an address or a code.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn of(&self, lead: Lead, value: &str) -> Result<Vec<String>, StoreError> {
        if let Some(index) = self.current() {
            return Ok(index.find(lead, value));
        }
        let value = value.to_owned();
        self.store.read(move |tx| tx.connection_ids_for_route(lead, &value)).await
    }

    /// Which domains the connection `id` has proven.
    async fn verified_by(&self, id: &str) -> Result<Arc<BTreeSet<String>>, StoreError> {
        let key = (self.generation.load(Ordering::Acquire), id.to_owned());
        if let Some(domains) = self.verified.get(&key) {
            return Ok(domains);
        }
        let id = key.1.clone();
        let found = Arc::new(self.store.read(move |tx| tx.verified_domains_of(&id)).await?);
        self.verified.insert(key, Arc::clone(&found));
        Ok(found)
    }

    /// Reads everything into memory, if something has changed since. Who asks meanwhile is answered by the database.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn refresh(&self) -> Result<(), StoreError> {
        let generation = self.generation.load(Ordering::Acquire);
        if self.at(generation).is_some() {
            return Ok(());
        }
        let read = self.read().await?;
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some((generation, read));
        Ok(())
    }

    /// Page by page: a reader of the database is not held for longer than one of them takes.
    async fn read(&self) -> Result<Known, StoreError> {
        let mut index = RealmIndex::default();
        let mut after = None;
        loop {
            let take = limits::REALMS_PER_READ;
            let behind = after.take();
            let page = self.store.read(move |tx| tx.routes_after(behind.as_ref(), take)).await?;
            if index.len() + page.len() > limits::INDEXED_REALMS {
                return Ok(Known::TooMany);
            }
            page.iter().for_each(|route| index.add(route));
            after = page.into_iter().last();
            if after.is_none() {
                return Ok(Known::Indexed(Arc::new(index)));
            }
        }
    }

    /// The index, unless something has changed since it was read.
    fn current(&self) -> Option<Arc<RealmIndex>> {
        match self.at(self.generation.load(Ordering::Acquire))? {
            Known::Indexed(index) => Some(index),
            Known::TooMany => None,
        }
    }

    fn at(&self, generation: u64) -> Option<Known> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(of, _)| *of == generation).map(|(_, known)| known.clone())
    }
}

impl Directory {
    /// Which connections list the domains `candidates`, in their order: pairs of domain and connection id. Whether an
    /// application may use them is not asked here.
    ///
    /// # Errors
    /// [`StoreError`], as for [`Directory::client`].
    pub async fn connections_of_domains(
        &self,
        candidates: &[String],
    ) -> Result<Vec<(String, String)>, StoreError> {
        self.realms.of_domains(candidates).await
    }

    /// The ids of the connections that list an address or an organization's code.
    ///
    /// # Errors
    /// [`StoreError`], as for [`Directory::client`].
    pub async fn connections_listing(&self, lead: Lead, value: &str) -> Result<Vec<String>, StoreError> {
        self.realms.of(lead, value).await
    }

    /// The domains that the connection `id` has proven to be its own.
    ///
    /// # Errors
    /// [`StoreError`], as for [`Directory::client`].
    pub async fn verified_domains_of(&self, id: &str) -> Result<Arc<BTreeSet<String>>, StoreError> {
        self.realms.verified_by(id).await
    }

    /// Brings what leads to connections into memory, where it is not the newest.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn index_realms(&self) -> Result<(), StoreError> {
        self.realms.refresh().await
    }
}
