//! What leads to which connection: from memory, or from the database while memory is behind.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use moka::sync::Cache;

use crate::domain::email_authority::{AddressLeads, domains_above};
use crate::domain::home_realm::EmailDomain;
use crate::domain::limits;
use crate::domain::realm_index::{Lead, RealmIndex, Routes};
use crate::store::{Store, StoreError, Tx};

use super::directory::{Directory, Key};
use super::known_connections::{Connections, read_changes};

/// The index as of a change of connections. The database knows the same; this only knows it sooner.
pub(super) struct Realms {
    store: Store,
    connections: Connections,
    known: RwLock<Option<Arc<Known>>>,
    verified: Cache<Key, Arc<BTreeSet<String>>>,
}

struct Known {
    /// `None`: there are more routes than memory is meant for.
    index: Option<Arc<RealmIndex>>,
    /// Of the directory, and of the database, before it was read.
    generation: u64,
    revision: i64,
}

impl Realms {
    pub(super) fn new(store: Store, connections: Connections) -> Self {
        Self { store, connections, known: RwLock::default(), verified: Cache::new(limits::CACHED_RECORDS) }
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

    /// What leads from an address to connections, and who has proven its domain.
    async fn of_address(&self, address: &str, domain: &EmailDomain) -> Result<AddressLeads, StoreError> {
        let (proven, listed) = (domains_above(domain), domain.candidates());
        if let Some(index) = self.current() {
            let pairs = |lead, wanted: &[String]| -> Vec<(String, String)> {
                let of = |one: &String| {
                    let ids = index.find(lead, one).into_iter();
                    ids.map(|id| (one.clone(), id)).collect::<Vec<_>>()
                };
                wanted.iter().flat_map(of).collect()
            };
            return Ok(AddressLeads {
                proofs: pairs(Lead::Proof, &proven),
                addresses: index.find(Lead::Address, address),
                domains: pairs(Lead::Domain, &listed),
            });
        }
        let address = address.to_owned();
        self.store
            .read(move |tx| {
                let nearest_first = |mut found: Vec<(String, String)>, wanted: &[String]| {
                    found.sort_by_key(|(domain, _)| wanted.iter().position(|one| one == domain));
                    found
                };
                Ok(AddressLeads {
                    proofs: nearest_first(tx.holders_of_domains(&proven)?, &proven),
                    addresses: tx.connection_ids_for_route(Lead::Address, &address)?,
                    domains: nearest_first(tx.connection_ids_for_domains(&listed)?, &listed),
                })
            })
            .await
    }

    /// Which domains the connection `id` has proven.
    async fn verified_by(&self, id: &str) -> Result<Arc<BTreeSet<String>>, StoreError> {
        let key = (self.connections.generations().of(id), id.to_owned());
        if let Some(domains) = self.verified.get(&key) {
            return Ok(domains);
        }
        let id = key.1.clone();
        let found = Arc::new(self.store.read(move |tx| tx.verified_domains_of(&id)).await?);
        self.verified.insert(key, Arc::clone(&found));
        Ok(found)
    }

    /// Brings what has changed into memory. Who asks meanwhile is answered by the database.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn refresh(&self) -> Result<(), StoreError> {
        let generation = self.connections.generations().newest();
        let before = self.held();
        if before.as_ref().is_some_and(|known| known.generation == generation) {
            return Ok(());
        }
        let before = before.filter(|known| known.generation >= self.connections.generations().of_all());
        let revision = before.as_ref().map(|known| known.revision);
        let read = move |tx: &mut Tx<'_>| {
            let changes = read_changes(tx, revision)?;
            let proofs = match &changes.of {
                Some((ids, _)) if !ids.is_empty() => tx.proofs_of(ids)?,
                Some(_) | None => Vec::new(),
            };
            Ok::<_, StoreError>((changes, proofs))
        };
        let (changes, proofs) = self.store.read(read).await?;
        let held = before.as_ref().and_then(|known| known.index.as_ref());
        let followed = match (held, changes.of) {
            (Some(index), Some((ids, _))) if ids.is_empty() => Some(Arc::clone(index)),
            (Some(index), Some((ids, found))) => index.with(ids, &found, &proofs).map(Arc::new),
            (None, _) | (Some(_), None) => None,
        };
        let index = match followed {
            Some(index) => Some(index),
            None => self.read().await?.map(|routes| Arc::new(RealmIndex::new(routes))),
        };
        let known = Known { index, generation, revision: changes.revision };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(known));
        Ok(())
    }

    /// Page by page: a reader of the database is not held for longer than one of them takes. `None` if there are more
    /// routes than memory is meant for.
    async fn read(&self) -> Result<Option<Routes>, StoreError> {
        let mut routes = Routes::default();
        let mut after = None;
        loop {
            let take = limits::REALMS_PER_READ;
            let behind = after.take();
            let page = self.store.read(move |tx| tx.routes_after(behind.as_ref(), take)).await?;
            if routes.len() + page.len() > limits::INDEXED_REALMS {
                return Ok(None);
            }
            page.iter().for_each(|route| routes.add(route));
            after = page.into_iter().last();
            if after.is_none() {
                break;
            }
        }
        let mut after = String::new();
        loop {
            let take = limits::REALMS_PER_READ;
            let page = self.store.read(move |tx| tx.proofs_after(&after, take)).await?;
            if routes.len() + page.len() > limits::INDEXED_REALMS {
                return Ok(None);
            }
            page.iter().for_each(|proof| routes.add(proof));
            match page.into_iter().last() {
                Some(last) => after = last.value,
                None => return Ok(Some(routes)),
            }
        }
    }

    /// The index, unless something has changed since it was read.
    fn current(&self) -> Option<Arc<RealmIndex>> {
        let known =
            self.held().filter(|known| known.generation == self.connections.generations().newest())?;
        known.index.clone()
    }

    fn held(&self) -> Option<Arc<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
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

    /// What leads from an address to connections, and who has proven its domain.
    ///
    /// # Errors
    /// [`StoreError`], as for [`Directory::client`].
    pub async fn leads_of(&self, address: &str, domain: &EmailDomain) -> Result<AddressLeads, StoreError> {
        self.realms.of_address(address, domain).await
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
