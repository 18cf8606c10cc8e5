//! Outbound OpenID Connect, nothing else.
//!
//! A login departs with [`Upstream::depart`] and comes back through [`ProviderAnswer`] to
//! [`Upstream::complete`], which says who arrived. Expected values are arguments; nothing about a login is
//! kept here.

mod address_guard;
mod authorization_url;
mod claims;
mod client_key_cache;
mod discovery;
mod error;
mod fetch_userinfo;
mod fetched;
mod http;
mod issuer;
mod json_answer;
mod key_set;
mod metadata_cache;
mod outbound_thread;
mod provider;
mod public;
mod redeem_code;
mod reply;
#[cfg(test)]
mod test_provider;
#[cfg(test)]
mod tests;
mod verify_id_token;
mod verify_logout_token;
mod verify_signature;

use std::sync::Arc;

use ipnet::IpNet;
use serde_json::{Map, Value};

pub use self::authorization_url::{Departed, Departure};
pub use self::error::{Refusal, UpstreamError, UpstreamErrorKind};
pub use self::http::Observer;
pub use self::key_set::{KeySet, Signature};
pub use self::provider::Provider;
pub use self::public::{FetchedDocument, PublicDocument};
pub use self::reply::{AnswerMode, ProviderAnswer};
pub use self::verify_logout_token::ProviderLogout;

use self::client_key_cache::ClientKeyCache;
use self::fetch_userinfo::Person;
use self::http::{HttpClient, Timeouts};
use self::metadata_cache::MetadataCache;
use self::redeem_code::Tokens;
use self::reply::Credential;
use self::verify_id_token::TokenRules;
use crate::crypto::random::Random;
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, SUBJECT_CLAIM};

/// Where requests may go.
#[derive(Clone, Debug, Default)]
pub struct OutboundSettings {
    /// Networks exempt from the guard against addresses that are not public; plain http goes only there.
    pub allow: Vec<IpNet>,
    /// Further certificate authorities, PEM.
    pub extra_ca_pem: Option<Vec<u8>>,
}

/// What a login remembers of its departure.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    pub redirect_uri: &'a str,
    pub nonce: &'a str,
    pub pkce_verifier: Option<&'a str>,
    /// The `max_age` asked for, in seconds.
    pub max_age: Option<i64>,
    /// When the browser was sent off.
    pub sent_at: Timestamp,
}

/// Who arrived, by every check.
pub struct Arrival {
    pub issuer: String,
    /// Of the claim that the connection knows its people by (`user_id_attribute`).
    pub subject: String,
    /// Every claim of the ID token, as sent.
    pub claims: Map<String, Value>,
    /// Every claim of UserInfo, where it was asked.
    pub userinfo: Option<Map<String, Value>>,
    pub auth_time: Option<Timestamp>,
    /// When the provider wants the sign-in to end, where it may say so.
    pub session_expires_at: Option<Timestamp>,
    pub acr: Option<String>,
    pub amr: Vec<String>,
    /// The provider's own session (`sid`), where it names it.
    pub sid: Option<String>,
}

impl std::fmt::Debug for Arrival {
    /// Without the claims, which are the person's own.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arrival").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// The other side of every connection. Cheap to clone.
#[derive(Clone)]
pub struct Upstream {
    http: Arc<HttpClient>,
    cache: Arc<MetadataCache>,
    client_keys: Arc<ClientKeyCache>,
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
        Ok(Self { http, cache: Arc::default(), client_keys: Arc::default() })
    }

    /// Whether the operator allowed networks, where a provider may be reached by plain http.
    pub fn allows_plain_http(&self) -> bool {
        self.http.guard().knows_plain_http()
    }

    /// The provider of `connection`: explicit settings first, then its metadata, fetched where needed and
    /// cached for this connection alone.
    ///
    /// # Errors
    /// `discovery…`, `metadata…`, `outbound-…`.
    pub async fn provider(
        &self,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<Arc<Provider>, UpstreamError> {
        self.cache.provider(&self.http, connection, now).await
    }

    /// The URL that sends a browser to `provider`, with a nonce always and PKCE by the connection's mode.
    ///
    /// # Errors
    /// `authorization-url`.
    pub fn depart(
        &self,
        provider: &Provider,
        connection: &Connection,
        request: Departure<'_>,
        random: &Random,
    ) -> Result<Departed, UpstreamError> {
        authorization_url::depart(provider, connection, request, random)
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
        let provider = self.provider(connection, now).await?;
        let (tokens, code) = match answer.credential(connection.options.channel, &provider)? {
            Credential::Code(code) => (
                redeem_code::redeem_code(&self.http, &provider, connection, &expected, code).await?,
                Some(code),
            ),
            Credential::IdToken(id_token) => {
                (Tokens { id_token: id_token.to_owned(), access_token: None }, None)
            }
        };
        let (jws, algorithm) = verify_signature::verify_signature(
            &self.http,
            &provider,
            connection,
            &verify_id_token::ID_TOKEN,
            &tokens.id_token,
            now,
        )
        .await?;
        let rules = TokenRules {
            provider: &provider,
            options: &connection.options,
            nonce: expected.nonce,
            max_age: expected.max_age.map(|seconds| (seconds, expected.sent_at)),
            access_token: tokens.access_token.as_deref(),
            code,
            now,
        };
        let claims = verify_id_token::check_claims(&jws, algorithm, &rules)?;
        let text = |name: &str| claims::required_text(&claims, name).unwrap_or_default().to_owned();
        let (issuer, subject) = (text("iss"), text(&connection.options.user_id_attribute));
        let access_token = tokens.access_token.as_deref();
        let userinfo = if provider.is_userinfo_wanted(&connection.options, &claims, access_token) {
            let person = Person { issuer: &issuer, subject: &text(SUBJECT_CLAIM) };
            let fetch =
                fetch_userinfo::fetch_userinfo(&self.http, &provider, connection, person, access_token, now);
            Some(fetch.await?)
        } else {
            None
        };
        let session_expires_at = claims::lenient_seconds(&claims, verify_id_token::SESSION_EXPIRY)
            .filter(|_| connection.options.id_token_session_expiry_supported);
        Ok(Arrival {
            issuer,
            session_expires_at: session_expires_at.map(Timestamp::from_seconds),
            auth_time: claims::lenient_seconds(&claims, "auth_time").map(Timestamp::from_seconds),
            acr: claims::authentication_class(&claims),
            amr: claims::authentication_methods(&claims),
            sid: claims::optional_text(&claims, "sid")
                .ok()
                .flatten()
                .filter(|sid| verify_logout_token::is_name(sid))
                .map(str::to_owned),
            subject,
            claims,
            userinfo,
        })
    }

    /// Verifies a logout token that came for `connection` (OpenID Connect Back-Channel Logout §2.6). Whether it came
    /// before is the caller's question.
    ///
    /// # Errors
    /// `logout-token-…`, one name per check, and those of finding the provider and its keys.
    pub async fn verify_logout_token(
        &self,
        connection: &Connection,
        token: &str,
        now: Timestamp,
    ) -> Result<ProviderLogout, UpstreamError> {
        let provider = self.provider(connection, now).await?;
        verify_logout_token::verify_logout_token(&self.http, &provider, connection, token, now).await
    }

    /// The metadata document of a connection's provider as last fetched, and when.
    pub fn metadata_document(&self, connection_id: &str) -> Option<(Value, Timestamp)> {
        self.cache.document(connection_id)
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
