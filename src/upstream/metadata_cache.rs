//! What is known of every connection's provider: metadata and keys, each connection by itself.

use std::sync::Arc;

use moka::sync::Cache;

use super::error::UpstreamError;
use super::fetched::Fetched;
use super::http::HttpClient;
use super::key_set::KeySet;
use super::provider::{Provider, ProviderSettings};
use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::limits;

/// One connection's provider under the settings it was found by.
struct Entry {
    settings: ProviderSettings,
    provider: Arc<Fetched<Provider>>,
}

/// Nothing is fetched before a login asks, and no connection waits for another's provider.
pub(super) struct MetadataCache {
    /// By connection id. Keys hang on their provider, so a key of one connection never verifies for another.
    entries: Cache<String, Arc<Entry>>,
}

impl Default for MetadataCache {
    fn default() -> Self {
        Self { entries: Cache::new(limits::CACHED_PROVIDERS) }
    }
}

impl MetadataCache {
    /// The provider of `connection`.
    ///
    /// # Errors
    /// Those of [`Provider::find`], where nothing is known yet.
    pub(super) async fn provider(
        &self,
        http: &Arc<HttpClient>,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<Arc<Provider>, UpstreamError> {
        let entry = self.entry(connection);
        let fetch = || {
            let (http, entry, name) = (Arc::clone(http), Arc::clone(&entry), connection.name.clone());
            async move {
                let known = entry.provider.last_good().map(|(provider, _)| provider);
                Provider::find(&http, &name, &entry.settings, known.as_deref()).await
            }
        };
        entry.provider.current(now, http.thread(), fetch).await
    }

    fn entry(&self, connection: &Connection) -> Arc<Entry> {
        if let Some(entry) = self.entries.get(&connection.id)
            && entry.settings.are_those_of(&connection.options)
        {
            return entry;
        }
        let new = || {
            let settings = ProviderSettings::of(&connection.options);
            Arc::new(Entry { settings, provider: Arc::default() })
        };
        // Of several that find the same change, one makes the entry.
        self.entries
            .entry_by_ref(&connection.id)
            .or_insert_with_if(new, |entry| !entry.settings.are_those_of(&connection.options))
            .into_value()
    }

    /// The metadata document of a connection as last fetched, and when.
    pub(super) fn document(&self, connection_id: &str) -> Option<(serde_json::Value, Timestamp)> {
        let (provider, fetched_at) = self.entries.get(connection_id)?.provider.last_good()?;
        Some((serde_json::from_str(provider.document.as_deref()?).ok()?, fetched_at))
    }

    pub(super) fn forget(&self, connection_id: &str) {
        self.entries.invalidate(connection_id);
    }
}

impl Provider {
    /// The keys of this provider.
    ///
    /// # Errors
    /// Those of [`KeySet::fetch`], where no keys are known yet.
    pub(super) async fn keys(
        &self,
        http: &Arc<HttpClient>,
        connection: &str,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, UpstreamError> {
        self.keys.current(now, http.thread(), || self.fetch_keys(http, connection)).await
    }

    /// Keys newer than `seen`, which lack the one a token names; `None` during the cool-down.
    ///
    /// # Errors
    /// Those of [`KeySet::fetch`].
    pub(super) async fn newer_keys(
        &self,
        seen: &Arc<KeySet>,
        http: &Arc<HttpClient>,
        connection: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<KeySet>>, UpstreamError> {
        self.keys.newer_than(seen, now, http.thread(), || self.fetch_keys(http, connection)).await
    }

    fn fetch_keys(
        &self,
        http: &Arc<HttpClient>,
        connection: &str,
    ) -> impl Future<Output = Result<KeySet, UpstreamError>> + Send + 'static {
        let (http, connection, url) = (Arc::clone(http), connection.to_owned(), self.jwks_uri.clone());
        async move { KeySet::fetch(&http, &connection, &url).await }
    }
}
