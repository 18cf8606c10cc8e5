//! Connections, applications and APIs in memory, bounded; a change on any node is seen within a second.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use moka::sync::Cache;
use tokio::sync::Mutex;

use super::adopted_metadata::Adopted;
use super::client_origins::read_client_origins;
use super::details_types::read_details_types;
use super::gathered::Gathered;
pub use super::known_apis::Apis;
pub use super::known_connections::Connections;
use super::offers::Offers;
use super::realms::Realms;
use crate::domain::client::Client;
use crate::domain::client_grant::{ApiAccess, TokenOf};
use crate::domain::connection::{Connection, ConnectionKeys, needed_key_type};
use crate::domain::limits;
use crate::domain::resource_server::ResourceServer;
use crate::store::{ConnectionChanges, Revisions, Store, StoreError};

/// The generation is part of every key: what was read before a change is never found after it, even when
/// a slow read stores its answer late.
pub(super) type Key = (u64, String);

/// Counts the changes of applications and APIs seen so far. Those of connections are counted for each by itself.
pub(super) type Generation = Arc<AtomicU64>;

pub struct Directory {
    pub(super) store: Store,
    generation: Generation,
    clients: Cache<Key, Arc<Client>>,
    connections: Connections,
    pub(super) offers: Offers,
    apis: Apis,
    client_origins: Gathered<HashSet<String>>,
    details_types: Gathered<BTreeSet<String>>,
    pub(super) realms: Realms,
    pub(super) adopted: Adopted,
    revisions: Mutex<Revisions>,
}

impl Directory {
    pub fn new(store: Store) -> Self {
        let (generation, connections) = (Generation::default(), Connections::default());
        Self {
            clients: Cache::new(limits::CACHED_RECORDS),
            offers: Offers::new(store.clone(), connections.clone()),
            realms: Realms::new(store.clone(), connections.clone()),
            apis: Apis::new(Arc::clone(&generation)),
            connections,
            generation,
            client_origins: Gathered::default(),
            details_types: Gathered::default(),
            adopted: Adopted::default(),
            revisions: Mutex::default(),
            store,
        }
    }

    fn key(&self, id: &str) -> Key {
        (self.generation.load(Ordering::Acquire), id.to_owned())
    }

    /// The connections, for use inside a transaction.
    pub fn connections(&self) -> Connections {
        self.connections.clone()
    }

    /// # Errors
    /// [`StoreError`] when the application is not in memory and the database does not answer.
    pub async fn client(&self, client_id: &str) -> Result<Option<Arc<Client>>, StoreError> {
        if !can_be_a_name(client_id) {
            return Ok(None);
        }
        let key = self.key(client_id);
        if let Some(client) = self.clients.get(&key) {
            return Ok(Some(client));
        }
        let id = key.1.clone();
        let found = self.store.read(move |tx| tx.find_client(&id)).await?.map(Arc::new);
        if let Some(client) = &found {
            self.clients.insert(key, Arc::clone(client));
        }
        Ok(found)
    }

    /// # Errors
    /// [`StoreError`], as for [`Directory::client`].
    pub async fn connection(&self, id: &str) -> Result<Option<Arc<Connection>>, StoreError> {
        if !can_be_a_name(id) {
            return Ok(None);
        }
        if let Some(connection) = self.connections.in_memory(id) {
            return Ok(Some(connection));
        }
        let (connections, id) = (self.connections(), id.to_owned());
        self.store.read(move |tx| connections.find(tx, &id)).await
    }

    /// # Errors
    /// [`StoreError`], as for [`Directory::client`].
    pub async fn connection_named(&self, name: &str) -> Result<Option<Arc<Connection>>, StoreError> {
        if !can_be_a_name(name) {
            return Ok(None);
        }
        if let Some(id) = self.connections.id_in_memory(name)
            // Gone meanwhile, the name may be another's.
            && let Some(connection) = self.connection(&id).await?
        {
            return Ok(Some(connection));
        }
        let (connections, name) = (self.connections(), name.to_owned());
        self.store.read(move |tx| connections.read_named(tx, &name)).await
    }

    /// The keys by which we prove who we are at the provider of a connection.
    ///
    /// # Errors
    /// [`StoreError`], as for [`Directory::client`]; [`StoreError::Corrupt`] for a key that is damaged.
    pub async fn connection_keys(&self, connection_id: &str) -> Result<Arc<ConnectionKeys>, StoreError> {
        if let Some(keys) = self.connections.keys_in_memory(connection_id) {
            return Ok(keys);
        }
        let (connections, id) = (self.connections(), connection_id.to_owned());
        self.store.read(move |tx| connections.read_keys(tx, &id)).await
    }

    /// As [`Directory::connection_keys`], for a login: none where the connection does not sign.
    ///
    /// # Errors
    /// As [`Directory::connection_keys`].
    pub async fn keys_to_sign(&self, connection: &Connection) -> Result<Arc<ConnectionKeys>, StoreError> {
        match needed_key_type(&connection.options) {
            Some(_) => self.connection_keys(&connection.id).await,
            None => Ok(Arc::default()),
        }
    }

    /// The APIs, for use inside a transaction.
    pub fn apis(&self) -> Apis {
        self.apis.clone()
    }

    /// The API whose audience is `identifier`.
    ///
    /// # Errors
    /// [`StoreError`], as for [`Directory::client`].
    pub async fn api(&self, identifier: &str) -> Result<Option<Arc<ResourceServer>>, StoreError> {
        if !can_be_a_name(identifier) {
            return Ok(None);
        }
        if let Some(api) = self.apis.in_memory(identifier) {
            return Ok(Some(api));
        }
        let (apis, identifier) = (self.apis(), identifier.to_owned());
        self.store.read(move |tx| apis.find(tx, &identifier)).await
    }

    /// What the application may have at the API `identifier` in tokens of `whom`; `None` if there is no such API, or
    /// the application may have no token for it at all.
    ///
    /// # Errors
    /// [`StoreError`], as for [`Directory::client`].
    pub async fn api_access(
        &self,
        client: &Client,
        identifier: &str,
        whom: TokenOf,
    ) -> Result<Option<ApiAccess>, StoreError> {
        let api = self.apis.in_memory(identifier);
        let grants = self.apis.grants_in_memory(&client.client_id);
        if let (Some(api), Some(grants)) = (api, grants) {
            return Ok(ApiAccess::of(client, api, &grants, whom));
        }
        let (apis, client, identifier) = (self.apis(), client.clone(), identifier.to_owned());
        self.store.read(move |tx| apis.access(tx, &client, &identifier, whom)).await
    }

    /// As [`Apis::access_of_person`].
    ///
    /// # Errors
    /// [`StoreError`], as for [`Directory::client`].
    pub async fn access_of_person(
        &self,
        client: &Client,
        audience: Option<&str>,
    ) -> Result<Option<ApiAccess>, StoreError> {
        match audience {
            Some(audience) => self.api_access(client, audience, TokenOf::Person).await,
            None => Ok(None),
        }
    }

    /// Whether `origin`, as a browser writes it, is one of any application's.
    ///
    /// # Errors
    /// [`StoreError`], as for [`Directory::client`].
    pub async fn is_origin_of_any_client(&self, origin: &str) -> Result<bool, StoreError> {
        let generation = self.generation.load(Ordering::Acquire);
        let read = || read_client_origins(&self.store);
        Ok(self.client_origins.at(generation, read).await?.contains(origin))
    }

    /// Every type of `authorization_details` that any API declares (RFC 9396 §10).
    ///
    /// # Errors
    /// [`StoreError`], as for [`Directory::client`].
    pub async fn details_types(&self) -> Result<Arc<BTreeSet<String>>, StoreError> {
        let generation = self.generation.load(Ordering::Acquire);
        self.details_types.at(generation, || read_details_types(&self.store)).await
    }

    /// Forgets everything: after a change of our own.
    pub fn forget(&self) {
        self.forget_applications();
        self.connections.generations().count_all();
    }

    /// Forgets applications and APIs: after a change of our own, which was of no connection.
    pub fn forget_applications(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Forgets the connection `id` and what leads to it: after a change of our own, of that alone.
    pub fn forget_connection(&self, id: &str) {
        self.connections.generations().count(id);
    }

    /// Looks for changes, by any node, and returns how often each kind of record was changed by now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notice_changes(&self) -> Result<Revisions, StoreError> {
        let mut known = self.revisions.lock().await;
        let before = *known;
        let (current, changes) = self
            .store
            .read(move |tx| {
                let current = tx.revisions()?;
                let changes = tx.connection_changes(before.connections, current.connections)?;
                Ok::<_, StoreError>((current, changes))
            })
            .await?;
        *known = current;
        if (before.clients, before.apis) != (current.clients, current.apis) {
            self.forget_applications();
        }
        match changes {
            ConnectionChanges::Of(ids) => ids.iter().for_each(|id| self.forget_connection(id)),
            ConnectionChanges::Any => self.connections.generations().count_all(),
        }
        if before.metadata != current.metadata {
            self.adopted.forget();
        }
        Ok(current)
    }
}

/// Whether something can be called so: nobody needs to look for what is longer than any name, or cannot be stored.
fn can_be_a_name(text: &str) -> bool {
    text.len() <= limits::NAME_BYTES_MAX && !text.contains('\0')
}
