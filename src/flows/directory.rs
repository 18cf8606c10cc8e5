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
use super::realms::Realms;
use crate::domain::client::Client;
use crate::domain::client_grant::{ApiAccess, ClientGrant, TokenOf};
use crate::domain::connection::{Connection, ConnectionKeys, needed_key_type};
use crate::domain::limits;
use crate::domain::policy;
use crate::domain::resource_server::ResourceServer;
use crate::store::{Revisions, Store, StoreError, Tx};

/// The generation is part of every key: what was read before a change is never found after it, even when
/// a slow read stores its answer late.
type Key = (u64, String);

/// Counts the changes seen so far.
pub(super) type Generation = Arc<AtomicU64>;

pub struct Directory {
    pub(super) store: Store,
    generation: Generation,
    clients: Cache<Key, Arc<Client>>,
    connections: Connections,
    connection_ids: Cache<Key, String>,
    connection_keys: Cache<Key, Arc<ConnectionKeys>>,
    connections_of_clients: Cache<Key, Arc<Vec<Arc<Connection>>>>,
    apis: Apis,
    client_origins: Gathered<HashSet<String>>,
    details_types: Gathered<BTreeSet<String>>,
    pub(super) realms: Realms,
    pub(super) adopted: Adopted,
    revisions: Mutex<Revisions>,
}

impl Directory {
    pub fn new(store: Store) -> Self {
        let generation = Generation::default();
        Self {
            realms: Realms::new(store.clone(), Arc::clone(&generation)),
            store,
            clients: Cache::new(limits::CACHED_RECORDS),
            connections: Connections {
                generation: Arc::clone(&generation),
                in_memory: Cache::new(limits::CACHED_RECORDS),
            },
            apis: Apis {
                generation: Arc::clone(&generation),
                by_identifier: Cache::new(limits::CACHED_RECORDS),
                grants_of_clients: Cache::new(limits::CACHED_RECORDS),
            },
            generation,
            connection_ids: Cache::new(limits::CACHED_RECORDS),
            connection_keys: Cache::new(limits::CACHED_RECORDS),
            connections_of_clients: Cache::new(limits::CACHED_CONNECTION_LISTS),
            client_origins: Gathered::default(),
            details_types: Gathered::default(),
            adopted: Adopted::default(),
            revisions: Mutex::default(),
        }
    }

    fn key(&self, id: &str) -> Key {
        key(&self.generation, id)
    }

    /// The connections, for use inside a transaction.
    pub fn connections(&self) -> Connections {
        self.connections.clone()
    }

    /// # Errors
    /// [`StoreError`] when the application is not in memory and the database does not answer.
    pub async fn client(&self, client_id: &str) -> Result<Option<Arc<Client>>, StoreError> {
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
        if let Some(connection) = self.connections.in_memory.get(&self.key(id)) {
            return Ok(Some(connection));
        }
        let (connections, id) = (self.connections(), id.to_owned());
        self.store.read(move |tx| connections.find(tx, &id)).await
    }

    /// # Errors
    /// [`StoreError`], as for [`Directory::client`].
    pub async fn connection_named(&self, name: &str) -> Result<Option<Arc<Connection>>, StoreError> {
        let key = self.key(name);
        if let Some(id) = self.connection_ids.get(&key) {
            return self.connection(&id).await;
        }
        let name = name.to_owned();
        let found = self.store.read(move |tx| tx.find_connection_by_name(&name)).await?.map(Arc::new);
        if let Some(connection) = &found {
            self.connection_ids.insert(key.clone(), connection.id.clone());
            self.connections.in_memory.insert((key.0, connection.id.clone()), Arc::clone(connection));
        }
        Ok(found)
    }

    /// The keys by which we prove who we are at the provider of a connection.
    ///
    /// # Errors
    /// [`StoreError`], as for [`Directory::client`]; [`StoreError::Corrupt`] for a key that is damaged.
    pub async fn connection_keys(&self, connection_id: &str) -> Result<Arc<ConnectionKeys>, StoreError> {
        let key = self.key(connection_id);
        if let Some(keys) = self.connection_keys.get(&key) {
            return Ok(keys);
        }
        let id = key.1.clone();
        let stored = self.store.read(move |tx| tx.keys_of_connection(&id)).await?;
        let keys =
            ConnectionKeys::read(stored).map_err(|_| StoreError::Corrupt { what: "a connection's key" })?;
        let keys = Arc::new(keys);
        self.connection_keys.insert(key, Arc::clone(&keys));
        Ok(keys)
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

    /// The connections that the application may use now.
    ///
    /// # Errors
    /// [`StoreError`], as for [`Directory::client`].
    pub async fn connections_of(&self, client: &Client) -> Result<Arc<Vec<Arc<Connection>>>, StoreError> {
        let key = self.key(&client.client_id);
        if let Some(connections) = self.connections_of_clients.get(&key) {
            return Ok(connections);
        }
        let (client_id, is_first_party) = (client.client_id.clone(), client.settings.is_first_party);
        let found =
            self.store
                .read(move |tx| {
                    if is_first_party {
                        tx.connections_of_client(&client_id)
                    } else {
                        tx.domain_connections()
                    }
                })
                .await?;
        let usable = found.into_iter().filter(|connection| policy::may_use(Some(connection), client).is_ok());
        let found = Arc::new(usable.map(Arc::new).collect::<Vec<_>>());
        self.connections_of_clients.insert(key, Arc::clone(&found));
        Ok(found)
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
        if let Some(api) = self.apis.by_identifier.get(&self.key(identifier)) {
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
        let api = self.apis.by_identifier.get(&self.key(identifier));
        let grants = self.apis.grants_of_clients.get(&self.key(&client.client_id));
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
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Looks for changes, by any node, and returns how often each kind of record was changed by now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notice_changes(&self) -> Result<Revisions, StoreError> {
        let mut known = self.revisions.lock().await;
        let current = self.store.read(|tx| tx.revisions()).await?;
        let before = std::mem::replace(&mut *known, current);
        let kept = |revisions: &Revisions| (revisions.connections, revisions.clients, revisions.apis);
        if kept(&before) != kept(&current) {
            self.forget();
        }
        if before.metadata != current.metadata {
            self.adopted.forget();
        }
        Ok(current)
    }
}

fn key(generation: &AtomicU64, id: &str) -> Key {
    (generation.load(Ordering::Acquire), id.to_owned())
}

/// The connections of a [`Directory`]; clones share them.
#[derive(Clone)]
pub struct Connections {
    generation: Generation,
    in_memory: Cache<Key, Arc<Connection>>,
}

impl Connections {
    /// As [`Directory::connection`]; one that is not in memory is read by `tx`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn find(&self, tx: &mut Tx<'_>, id: &str) -> Result<Option<Arc<Connection>>, StoreError> {
        let key = key(&self.generation, id);
        if let Some(connection) = self.in_memory.get(&key) {
            return Ok(Some(connection));
        }
        let found = tx.find_connection(id)?.map(Arc::new);
        if let Some(connection) = &found {
            self.in_memory.insert(key, Arc::clone(connection));
        }
        Ok(found)
    }
}

/// The APIs of a [`Directory`]; clones share them.
#[derive(Clone)]
pub struct Apis {
    generation: Generation,
    by_identifier: Cache<Key, Arc<ResourceServer>>,
    grants_of_clients: Cache<Key, Arc<Vec<ClientGrant>>>,
}

impl Apis {
    /// As [`Directory::api`]; one that is not in memory is read by `tx`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn find(&self, tx: &mut Tx<'_>, identifier: &str) -> Result<Option<Arc<ResourceServer>>, StoreError> {
        let key = key(&self.generation, identifier);
        if let Some(api) = self.by_identifier.get(&key) {
            return Ok(Some(api));
        }
        let found = tx.find_resource_server_by_identifier(identifier)?.map(Arc::new);
        if let Some(api) = &found {
            self.by_identifier.insert(key, Arc::clone(api));
        }
        Ok(found)
    }

    /// As [`Directory::api_access`]; what is not in memory is read by `tx`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn access(
        &self,
        tx: &mut Tx<'_>,
        client: &Client,
        identifier: &str,
        whom: TokenOf,
    ) -> Result<Option<ApiAccess>, StoreError> {
        let Some(api) = self.find(tx, identifier)? else { return Ok(None) };
        let grants = self.grants_of(tx, &client.client_id)?;
        Ok(ApiAccess::of(client, api, &grants, whom))
    }

    /// What the application may have at the API of a person's grant, if that is for one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn access_of_person(
        &self,
        tx: &mut Tx<'_>,
        client: &Client,
        audience: Option<&str>,
    ) -> Result<Option<ApiAccess>, StoreError> {
        match audience {
            Some(audience) => self.access(tx, client, audience, TokenOf::Person),
            None => Ok(None),
        }
    }

    fn grants_of(&self, tx: &mut Tx<'_>, client_id: &str) -> Result<Arc<Vec<ClientGrant>>, StoreError> {
        let key = key(&self.generation, client_id);
        if let Some(grants) = self.grants_of_clients.get(&key) {
            return Ok(grants);
        }
        let found = Arc::new(tx.client_grants_of(client_id)?);
        self.grants_of_clients.insert(key, Arc::clone(&found));
        Ok(found)
    }
}
