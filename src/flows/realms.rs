//! What leads to which connection: from memory, or from the database while memory is behind.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::limits;
use crate::domain::realm_index::{Lead, RealmIndex};
use crate::store::{Store, StoreError};

use super::directory::Generation;

/// The index of one generation of the directory. The database knows the same; this only knows it sooner.
pub(super) struct Realms {
    store: Store,
    generation: Generation,
    known: RwLock<Option<(u64, Known)>>,
}

#[derive(Clone)]
enum Known {
    Indexed(Arc<RealmIndex>),
    /// More routes than memory is meant for.
    TooMany,
}

impl Realms {
    pub(super) fn new(store: Store, generation: Generation) -> Self {
        Self { store, generation, known: RwLock::default() }
    }

    /// Which connections list the domains `candidates`, most specific first: pairs of domain and connection id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn of_domains(
        &self,
        candidates: &[String],
    ) -> Result<Vec<(String, String)>, StoreError> {
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
    pub(super) async fn of(&self, lead: Lead, value: &str) -> Result<Vec<String>, StoreError> {
        if let Some(index) = self.current() {
            return Ok(index.find(lead, value));
        }
        let value = value.to_owned();
        self.store.read(move |tx| tx.connection_ids_for_route(lead, &value)).await
    }

    /// Reads everything into memory, if something has changed since. Who asks meanwhile is answered by the database.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn refresh(&self) -> Result<(), StoreError> {
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
