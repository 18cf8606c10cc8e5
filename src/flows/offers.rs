//! What the people of each application can choose from, in memory and bounded. After a change only what has changed is
//! read again, however many connections the application has.

use std::sync::Arc;

use moka::sync::Cache;
use tokio::sync::Mutex;

use super::directory::Directory;
use super::known_connections::{Connections, read_changes};
use crate::domain::client::Client;
use crate::domain::connection::Connection;
use crate::domain::limits;
use crate::domain::offer::{Offer, Way};
use crate::domain::policy;
use crate::store::{Store, StoreError};

pub(super) struct Offers {
    store: Store,
    connections: Connections,
    /// By application.
    known: Cache<String, Arc<Known>>,
    /// One reader at a time: the others find what it read.
    reading: Mutex<()>,
}

struct Known {
    offer: Arc<Offer>,
    /// Of the directory, and of the database, before it was read.
    generation: u64,
    revision: i64,
}

impl Offers {
    pub(super) fn new(store: Store, connections: Connections) -> Self {
        let weight = |_: &String, known: &Arc<Known>| u32::try_from(known.offer.len()).unwrap_or(u32::MAX);
        let known = Cache::builder().weigher(weight).max_capacity(limits::OFFERED_CONNECTIONS).build();
        Self { store, connections, known, reading: Mutex::default() }
    }

    async fn of(&self, client: &Client) -> Result<Arc<Offer>, StoreError> {
        if let Some(offer) = self.current(client) {
            return Ok(offer);
        }
        let _one = self.reading.lock().await;
        if let Some(offer) = self.current(client) {
            return Ok(offer);
        }
        let generation = self.connections.generations().newest();
        let known = self.known.get(&client.client_id);
        let before = known.filter(|known| known.generation >= self.connections.generations().of_all());
        let revision = before.as_ref().map(|known| known.revision);
        let changes = self.store.read(move |tx| read_changes(tx, revision)).await?;
        let offer = match (before, changes.of) {
            (Some(known), Some((ids, _))) if ids.is_empty() => Arc::clone(&known.offer),
            (Some(known), Some((ids, found))) => Arc::new(known.offer.with(&ids, usable(&found, client))),
            (None, _) | (_, None) => Arc::new(Offer::new(self.read(client).await?)),
        };
        let known = Known { offer: Arc::clone(&offer), generation, revision: changes.revision };
        self.known.insert(client.client_id.clone(), Arc::new(known));
        Ok(offer)
    }

    /// What is held, unless something has changed since it was read.
    fn current(&self, client: &Client) -> Option<Arc<Offer>> {
        let known = self.known.get(&client.client_id)?;
        (known.generation == self.connections.generations().newest()).then(|| Arc::clone(&known.offer))
    }

    /// Page by page, so that never all of them are in memory whole.
    async fn read(&self, client: &Client) -> Result<Vec<Way>, StoreError> {
        let mut ways = Vec::new();
        let mut after = String::new();
        loop {
            let (id, is_first_party) = (client.client_id.clone(), client.settings.is_first_party);
            let behind = std::mem::take(&mut after);
            let take = limits::CONNECTIONS_PER_READ;
            let page = self
                .store
                .read(move |tx| tx.connections_for_client(&id, is_first_party, &behind, take))
                .await?;
            let Some(last) = page.last() else { return Ok(ways) };
            after.clone_from(&last.name);
            ways.extend(usable(&page, client));
        }
    }
}

fn usable<'a>(connections: &'a [Connection], client: &'a Client) -> impl Iterator<Item = Way> + 'a {
    let usable = connections.iter().filter(|connection| policy::may_use(Some(*connection), client).is_ok());
    usable.map(Way::of)
}

impl Directory {
    /// What people can choose from who sign in to `client`.
    ///
    /// # Errors
    /// [`StoreError`], as for [`Directory::client`].
    pub async fn offer_of(&self, client: &Client) -> Result<Arc<Offer>, StoreError> {
        self.offers.of(client).await
    }
}
