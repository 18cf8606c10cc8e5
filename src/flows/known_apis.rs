//! APIs in memory, bounded, and what applications may have at them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use moka::sync::Cache;

use super::directory::{Generation, Key};
use crate::domain::client::Client;
use crate::domain::client_grant::{ApiAccess, ClientGrant, TokenOf};
use crate::domain::limits;
use crate::domain::resource_server::ResourceServer;
use crate::store::{StoreError, Tx};

/// The APIs of a directory, for use inside a transaction too; clones share them.
#[derive(Clone)]
pub struct Apis {
    generation: Generation,
    by_identifier: Cache<Key, Arc<ResourceServer>>,
    grants_of_clients: Cache<Key, Arc<Vec<ClientGrant>>>,
}

impl Apis {
    pub(super) fn new(generation: Generation) -> Self {
        Self {
            generation,
            by_identifier: Cache::new(limits::CACHED_RECORDS),
            grants_of_clients: Cache::new(limits::CACHED_RECORDS),
        }
    }

    fn key(&self, id: &str) -> Key {
        (self.generation.load(Ordering::Acquire), id.to_owned())
    }

    pub(super) fn in_memory(&self, identifier: &str) -> Option<Arc<ResourceServer>> {
        self.by_identifier.get(&self.key(identifier))
    }

    pub(super) fn grants_in_memory(&self, client_id: &str) -> Option<Arc<Vec<ClientGrant>>> {
        self.grants_of_clients.get(&self.key(client_id))
    }

    /// As `Directory::api`; one that is not in memory is read by `tx`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn find(&self, tx: &mut Tx<'_>, identifier: &str) -> Result<Option<Arc<ResourceServer>>, StoreError> {
        let key = self.key(identifier);
        if let Some(api) = self.by_identifier.get(&key) {
            return Ok(Some(api));
        }
        let found = tx.find_resource_server_by_identifier(identifier)?.map(Arc::new);
        if let Some(api) = &found {
            self.by_identifier.insert(key, Arc::clone(api));
        }
        Ok(found)
    }

    /// As `Directory::api_access`; what is not in memory is read by `tx`.
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
        let key = self.key(client_id);
        if let Some(grants) = self.grants_of_clients.get(&key) {
            return Ok(grants);
        }
        let found = Arc::new(tx.client_grants_of(client_id)?);
        self.grants_of_clients.insert(key, Arc::clone(&found));
        Ok(found)
    }
}
