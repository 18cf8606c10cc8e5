//! Keys of applications that publish them at a `jwks_uri`, each application by itself.

use std::sync::Arc;

use moka::sync::Cache;

use super::error::UpstreamError;
use super::fetched::Fetched;
use super::http::HttpClient;
use super::key_set::KeySet;
use super::public;
use crate::domain::clock::Timestamp;
use crate::domain::limits;

/// By client id and address: a key of one application never verifies for another, and a changed address begins
/// anew.
pub(super) struct ClientKeyCache {
    entries: Cache<(String, String), Arc<Fetched<KeySet>>>,
}

impl Default for ClientKeyCache {
    fn default() -> Self {
        Self { entries: Cache::new(limits::CACHED_CLIENT_KEYS) }
    }
}

impl ClientKeyCache {
    /// The keys as last fetched, or fetched now.
    pub(super) async fn current(
        &self,
        http: &Arc<HttpClient>,
        (client_id, url): (&str, &str),
        now: Timestamp,
    ) -> Result<Arc<KeySet>, UpstreamError> {
        self.entry(client_id, url).current(now, http.thread(), || fetch(http, url)).await
    }

    /// Keys newer than `seen`; `None` during the cool-down.
    pub(super) async fn newer_than(
        &self,
        seen: &Arc<KeySet>,
        http: &Arc<HttpClient>,
        (client_id, url): (&str, &str),
        now: Timestamp,
    ) -> Result<Option<Arc<KeySet>>, UpstreamError> {
        self.entry(client_id, url).newer_than(seen, now, http.thread(), || fetch(http, url)).await
    }

    fn entry(&self, client_id: &str, url: &str) -> Arc<Fetched<KeySet>> {
        self.entries.get_with((client_id.to_owned(), url.to_owned()), Arc::default)
    }
}

fn fetch(
    http: &Arc<HttpClient>,
    url: &str,
) -> impl Future<Output = Result<KeySet, UpstreamError>> + Send + 'static {
    let (http, url) = (Arc::clone(http), url.to_owned());
    async move { public::fetch_keys(&http, &url).await }
}
