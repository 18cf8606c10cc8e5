//! Outbound OpenID Connect, nothing else.
//!
//! A login departs with [`Upstream::depart`] and comes back through [`ProviderAnswer`] to
//! [`Upstream::complete`], which says who arrived. Expected values are arguments; nothing about a login is
//! kept here.

mod address_guard;
mod arrival;
mod ask_authorization;
mod authorization_answer;
mod authorization_url;
mod call;
mod certificate;
mod claims;
mod client_authentication;
mod client_key_cache;
mod discovery;
mod dns;
mod error;
mod examine;
mod fetch_userinfo;
mod fetched;
mod html;
mod http;
mod issuer;
mod json_answer;
mod key_set;
mod metadata_cache;
mod outbound_thread;
mod places;
mod possession;
mod provider;
mod public;
mod push_request;
mod redeem_code;
mod refresh_tokens;
mod reply;
#[doc(hidden)]
pub mod strangers;
#[cfg(test)]
mod test_provider;
#[cfg(test)]
mod tests;
mod token_endpoint;
mod trace;
mod verify_id_token;
mod verify_logout_token;
mod verify_signature;

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use moka::sync::Cache;
use serde_json::Value;

pub use self::arrival::{Arrival, Expected};
pub use self::authorization_url::{Departed, Departure};
pub use self::call::OurSide;
pub use self::dns::Dns;
pub use self::error::{Refusal, UpstreamError, UpstreamErrorKind};
pub use self::examine::RedirectUris;
pub use self::http::Observer;
pub use self::key_set::{KeySet, Signature};
pub use self::provider::Provider;
pub use self::public::{FetchedDocument, PublicDocument};
pub use self::reply::{AnswerMode, ProviderAnswer};
pub use self::trace::{Exchange, Observed, Trace};
pub use self::verify_logout_token::ProviderLogout;

use self::call::Call;
use self::client_key_cache::ClientKeyCache;
use self::http::{HttpClient, Timeouts};
use self::metadata_cache::MetadataCache;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::connection::{Connection, OidcOptions};
use crate::domain::diagnosis::Evidence;
use crate::domain::limits;
use crate::domain::provider_metadata::AdoptedMetadata;
use crate::domain::secret::Secret;
use crate::domain::upstream_tokens::UpstreamTokens;

/// Where requests may go.
#[derive(Clone, Debug, Default)]
pub struct OutboundSettings {
    /// Networks exempt from the guard against addresses that are not public; plain http goes only there.
    pub allow: Vec<IpNet>,
    /// Further certificate authorities, PEM.
    pub extra_ca_pem: Option<Vec<u8>>,
}

/// The other side of every connection. Cheap to clone.
#[derive(Clone)]
pub struct Upstream {
    http: Arc<HttpClient>,
    cache: Arc<MetadataCache>,
    client_keys: Arc<ClientKeyCache>,
    /// What tests of connections know of their providers, each by itself.
    apart: Cache<String, Arc<MetadataCache>>,
}

impl std::fmt::Debug for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Upstream")
    }
}

impl Upstream {
    /// Prepares to talk to providers, and talks to none yet.
    ///
    /// # Errors
    /// `outbound-roots`, `outbound-start`.
    pub fn new(settings: OutboundSettings, observer: Option<Observer>) -> Result<Self, UpstreamError> {
        Self::with_timeouts(settings, observer, Timeouts::default())
    }

    fn with_timeouts(
        settings: OutboundSettings,
        observer: Option<Observer>,
        timeouts: Timeouts,
    ) -> Result<Self, UpstreamError> {
        let http = Arc::new(HttpClient::new(settings, timeouts, observer)?);
        let apart = Cache::builder()
            .max_capacity(limits::TESTS_AT_PROVIDERS)
            .time_to_live(Duration::from_secs(limits::LOGIN_LIFETIME_SECONDS.unsigned_abs()))
            .build();
        Ok(Self { http, cache: Arc::default(), client_keys: Arc::default(), apart })
    }

    /// The same other side for one test: everything is noted in `trace`, and what is known of providers is kept apart
    /// under `name`, so that a test sees its provider as it is now, and changes nothing for anybody else.
    pub fn apart(&self, name: &str, trace: Trace) -> Self {
        let cache = self.apart.get_with(name.to_owned(), Arc::default);
        Self { http: Arc::new(self.http.noting_in(trace)), cache, ..self.clone() }
    }

    /// Whether this is the other side of one test, which must leave no trace but its own.
    pub fn is_apart(&self) -> bool {
        self.http.trace().is_on()
    }

    /// Whether the operator allowed networks, where a provider may be reached by plain http.
    pub fn allows_plain_http(&self) -> bool {
        self.http.guard().knows_plain_http()
    }

    /// The provider of `connection`: explicit settings first, then its metadata, fetched where needed and
    /// cached for this connection alone; those that were `adopted` where the new ones are not safe.
    ///
    /// # Errors
    /// `discovery…`, `metadata…`, `outbound-…`.
    pub async fn provider(
        &self,
        connection: &Connection,
        adopted: Option<&Arc<AdoptedMetadata>>,
        now: Timestamp,
    ) -> Result<Arc<Provider>, UpstreamError> {
        self.cache.provider(&self.http, connection, adopted, now).await
    }

    /// The URL that sends a browser to `provider`, with a nonce always and PKCE by the connection's mode; what it says is
    /// pushed first where the connection, or the provider, wants that.
    ///
    /// # Errors
    /// `authorization-url`, `par-…`, `client-assertion…`.
    pub async fn depart(
        &self,
        provider: &Provider,
        connection: &Connection,
        request: Departure<'_>,
        ours: OurSide<'_>,
        now: Timestamp,
    ) -> Result<Departed, UpstreamError> {
        let (url, departed) = authorization_url::depart(provider, connection, request, ours.random)?;
        let Some(endpoint) = &provider.pushed_request_endpoint else { return Ok(departed) };
        let call = Call { http: &self.http, provider, connection, ours, now };
        let pushed = push_request::push(&call, endpoint, &url).await;
        Ok(Departed { url: pushed.map_err(|error| provider.explained(error))?, ..departed })
    }

    /// Verifies what came back for a login that departed by `connection` (OpenID Connect Core §3.1.2.7,
    /// §3.1.3.7, §3.2.2.8): redeems the code where there is one, checks the ID token, asks UserInfo where
    /// the connection wants it.
    ///
    /// # Errors
    /// The first check that fails; [`UpstreamErrorKind::Refused`] where the provider said no.
    pub async fn complete(
        &self,
        connection: &Connection,
        expected: Expected<'_>,
        answer: ProviderAnswer,
        now: Timestamp,
    ) -> Result<Arrival, UpstreamError> {
        let provider = self.provider(connection, expected.ours.adopted, now).await?;
        let call = Call { http: &self.http, provider: &provider, connection, ours: expected.ours, now };
        let arrival = arrival::complete(&call, expected, &answer).await;
        arrival.map_err(|error| provider.explained(error))
    }

    /// New tokens for a refresh token of the provider of `connection`.
    ///
    /// # Errors
    /// `token-…`; `token-refresh` where the provider has ended it.
    pub async fn refresh(
        &self,
        connection: &Connection,
        refresh_token: &Secret,
        ours: OurSide<'_>,
        now: Timestamp,
    ) -> Result<UpstreamTokens, UpstreamError> {
        let provider = self.provider(connection, ours.adopted, now).await?;
        let call = Call { http: &self.http, provider: &provider, connection, ours, now };
        let tokens = refresh_tokens::refresh(&call, refresh_token).await;
        tokens.map_err(|error| provider.explained(error))
    }

    /// Verifies a logout token that came for `connection` (OpenID Connect Back-Channel Logout §2.6). Whether it came
    /// before is the caller's question.
    ///
    /// # Errors
    /// `logout-token-…`, one name per check, and those of finding the provider and its keys.
    pub async fn verify_logout_token(
        &self,
        connection: &Connection,
        adopted: Option<&Arc<AdoptedMetadata>>,
        token: &str,
        now: Timestamp,
    ) -> Result<ProviderLogout, UpstreamError> {
        let provider = self.provider(connection, adopted, now).await?;
        let verified =
            verify_logout_token::verify_logout_token(&self.http, &provider, connection, token, now).await;
        verified.map_err(|error| provider.explained(error))
    }

    /// The metadata document of a connection's provider as last fetched, and when.
    pub fn metadata_document(&self, connection_id: &str) -> Option<(Value, Timestamp)> {
        self.cache.document(connection_id)
    }

    /// Asks the provider of `connection` everything that a diagnosis stands on: metadata, keys, certificates,
    /// whether the token endpoint believes us, and whether the authorization endpoint would send people back. Nothing cached
    /// is used, and nothing is kept.
    pub async fn examine(
        &self,
        connection: &Connection,
        redirect_uris: RedirectUris<'_>,
        ours: OurSide<'_>,
        clock: &Clock,
    ) -> Evidence {
        examine::examine(&self.http, connection, redirect_uris, ours, clock).await
    }

    /// What the metadata of a provider say now, as far as `options` tell where they are; `None` where they cannot be had.
    pub async fn look_up(&self, options: &OidcOptions, clock: &Clock) -> Option<Evidence> {
        examine::look_up(&self.http, options, clock).await
    }

    /// Drops what is cached for a connection: the next login fetches anew.
    pub fn forget(&self, connection_id: &str) {
        self.cache.forget(connection_id);
    }

    /// Fetches what an application registered `url` for: only from public addresses, bounded in size and time,
    /// without redirects.
    ///
    /// # Errors
    /// `application-address`, `outbound-…`.
    pub async fn fetch_public(
        &self,
        document: PublicDocument,
        url: &str,
    ) -> Result<FetchedDocument, UpstreamError> {
        public::fetch(&self.http, document, url).await
    }

    /// Posts `form` to an address of an application under the same rules, and tells the status of the answer.
    ///
    /// # Errors
    /// `outbound-…`.
    pub async fn post_public(
        &self,
        operation: &'static str,
        url: &str,
        form: &[(&str, &str)],
    ) -> Result<u16, UpstreamError> {
        public::post_form(&self.http, operation, url, form).await
    }

    /// The keys that an application publishes at `jwks_uri`, fetched where needed and cached for it alone.
    ///
    /// # Errors
    /// `keys`, `application-address`, `outbound-…`.
    pub async fn client_keys(
        &self,
        client_id: &str,
        jwks_uri: &str,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, UpstreamError> {
        self.client_keys.current(&self.http, (client_id, jwks_uri), now).await
    }

    /// Keys newer than `seen`, which lack the one that is meant; `None` during the cool-down.
    ///
    /// # Errors
    /// As [`Upstream::client_keys`].
    pub async fn newer_client_keys(
        &self,
        seen: &Arc<KeySet>,
        client_id: &str,
        jwks_uri: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<KeySet>>, UpstreamError> {
        self.client_keys.newer_than(seen, &self.http, (client_id, jwks_uri), now).await
    }
}
