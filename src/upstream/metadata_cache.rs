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
use crate::domain::provider_metadata::AdoptedMetadata;

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
    /// The provider of `connection`, as far as its metadata are safe beside those that were `adopted`.
    ///
    /// # Errors
    /// Those of [`Provider::find`], where nothing is known yet.
    pub(super) async fn provider(
        &self,
        http: &Arc<HttpClient>,
        connection: &Connection,
        adopted: Option<&Arc<AdoptedMetadata>>,
        now: Timestamp,
    ) -> Result<Arc<Provider>, UpstreamError> {
        let entry = self.entry(connection, adopted.map(Arc::as_ref));
        let fetch = || {
            let (http, entry, name) = (Arc::clone(http), Arc::clone(&entry), connection.name.clone());
            let adopted = adopted.cloned();
            async move {
                let known = entry.provider.last_good().map(|(provider, _)| provider);
                Provider::find(&http, &name, &entry.settings, adopted.as_deref(), known.as_deref()).await
            }
        };
        entry.provider.current(now, http.thread(), fetch).await
    }

    /// Another document that was adopted makes another provider, as other settings do.
    fn entry(&self, connection: &Connection, adopted: Option<&AdoptedMetadata>) -> Arc<Entry> {
        let is_current = |entry: &Entry| {
            entry.settings.are_those_of(&connection.options)
                && entry.provider.last_good().is_none_or(|(provider, _)| provider.goes_by(adopted))
        };
        if let Some(entry) = self.entries.get(&connection.id)
            && is_current(&entry)
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
            .or_insert_with_if(new, |entry| !is_current(entry))
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
