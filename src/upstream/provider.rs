//! A provider as one connection sees it: explicit settings first, then what discovery says.

use std::sync::Arc;

use serde_json::{Map, Value};
use url::Url;

use super::discovery::{self, Discovered, Issuer};
use super::error::{UpstreamError, UpstreamErrorKind, quoted};
use super::fetched::Fetched;
use super::http::HttpClient;
use super::key_set::KeySet;
use crate::domain::connection::{CallUserInfo, Channel, OidcOptions, PushedRequests};
use crate::domain::issuer_template;
use crate::domain::profile::has_groups;
use crate::domain::provider_metadata::AdoptedMetadata;

const PUSHED_REQUEST_ENDPOINT: &str = "pushed_authorization_request_endpoint";

/// The settings a provider is found by. A connection with other ones is another provider, and shares
/// neither metadata nor keys with what was known before.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ProviderSettings {
    channel: Channel,
    calls_userinfo: bool,
    discovery_url: Option<String>,
    issuer: Option<String>,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    jwks_uri: Option<String>,
    userinfo_endpoint: Option<String>,
    end_session_endpoint: Option<String>,
    pushed_request_endpoint: Option<String>,
    pushed_requests: PushedRequests,
    demands_issuer: bool,
    tenant_ids: Vec<String>,
}

impl ProviderSettings {
    pub(super) fn of(options: &OidcOptions) -> Self {
        Self {
            channel: options.channel,
            calls_userinfo: calls_userinfo(options),
            discovery_url: options.discovery_url.clone(),
            issuer: options.issuer.clone(),
            authorization_endpoint: options.authorization_endpoint.clone(),
            token_endpoint: options.token_endpoint.clone(),
            jwks_uri: options.jwks_uri.clone(),
            userinfo_endpoint: options.userinfo_endpoint.clone(),
            end_session_endpoint: options.end_session_endpoint.clone(),
            pushed_request_endpoint: options.pushed_authorization_request_endpoint.clone(),
            pushed_requests: options.pushed_authorization_requests,
            demands_issuer: options.demands_issuer,
            tenant_ids: options.tenant_ids.clone(),
        }
    }

    /// Whether these are still the settings in `options`, without copying them.
    pub(super) fn are_those_of(&self, options: &OidcOptions) -> bool {
        self.channel == options.channel
            && self.calls_userinfo == calls_userinfo(options)
            && self.discovery_url == options.discovery_url
            && self.issuer == options.issuer
            && self.authorization_endpoint == options.authorization_endpoint
            && self.token_endpoint == options.token_endpoint
            && self.jwks_uri == options.jwks_uri
            && self.userinfo_endpoint == options.userinfo_endpoint
            && self.end_session_endpoint == options.end_session_endpoint
            && self.pushed_request_endpoint == options.pushed_authorization_request_endpoint
            && self.pushed_requests == options.pushed_authorization_requests
            && self.demands_issuer == options.demands_issuer
            && self.tenant_ids == options.tenant_ids
    }

    /// What a login needs and the settings do not give.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        let back = self.channel == Channel::BackChannel;
        [
            ("issuer", true, &self.issuer),
            ("authorization_endpoint", true, &self.authorization_endpoint),
            ("token_endpoint", back, &self.token_endpoint),
            ("jwks_uri", true, &self.jwks_uri),
            ("userinfo_endpoint", self.calls_userinfo, &self.userinfo_endpoint),
            (
                PUSHED_REQUEST_ENDPOINT,
                self.pushed_requests == PushedRequests::Always,
                &self.pushed_request_endpoint,
            ),
        ]
        .into_iter()
        .filter(|(_, needed, value)| *needed && value.is_none())
        .map(|(name, ..)| name)
        .collect()
    }
}

/// Whether a login by `options` asks UserInfo. The front channel has no access token to ask with.
pub(super) fn calls_userinfo(options: &OidcOptions) -> bool {
    options.channel == Channel::BackChannel
        && match options.call_userinfo {
            CallUserInfo::Always => true,
            CallUserInfo::Never => false,
            CallUserInfo::WhenMapped => options
                .attribute_map
                .attributes
                .values()
                .any(|rule| rule.to_string().contains("context.userinfo")),
        }
}

/// A provider, complete for the logins of one connection.
pub struct Provider {
    /// With `{tenantid}` in it where every tenant has an issuer of its own.
    pub issuer: String,
    /// The tenants whose people may sign in; empty where the provider has none.
    pub(super) tenant_ids: Vec<String>,
    pub authorization_endpoint: String,
    /// Always there for a back-channel connection.
    pub token_endpoint: Option<String>,
    /// Always there where the connection asks UserInfo.
    pub userinfo_endpoint: Option<String>,
    pub end_session_endpoint: Option<String>,
    pub jwks_uri: String,
    /// Where authorization requests are pushed to; `None` where they travel through the browser.
    pub(super) pushed_request_endpoint: Option<String>,
    /// Algorithms of proofs the provider advertises; `None` without metadata.
    pub(super) proof_algorithms: Option<Vec<String>>,
    /// PKCE methods the provider advertises; empty where it is silent.
    pub pkce_methods: Vec<String>,
    /// Every answer of this provider names its issuer (RFC 9207): it promises so, or did when the connection came to rest on
    /// that.
    pub names_issuer_in_answers: bool,
    /// Names the adopted metadata that were asked about these.
    pub(super) adopted_sha256: Option<String>,
    pub(super) document_sha256: Option<String>,
    /// What of the metadata is held back until somebody accepts it.
    pub(super) held_back: Option<String>,
    /// The metadata as fetched, compact JSON; `None` where all endpoints are explicit.
    pub(super) document: Option<Box<str>>,
    pub(super) keys: Arc<Fetched<KeySet>>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Provider {
    /// Whether `issuer` is this provider's, or that of one of its tenants that may come.
    pub(super) fn is_issuer(&self, issuer: &str) -> bool {
        match self.tenant_ids.is_empty() {
            true => issuer == self.issuer,
            false => self
                .tenant_ids
                .iter()
                .any(|tenant| issuer_template::of_tenant(&self.issuer, tenant) == issuer),
        }
    }

    /// Whether a login asks UserInfo: where the connection wants it in any case, and for groups that the ID token lacks,
    /// if the provider can be asked.
    pub(super) fn is_userinfo_wanted(
        &self,
        options: &OidcOptions,
        tokenset: &Map<String, Value>,
        access_token: Option<&str>,
    ) -> bool {
        let for_groups = options.channel == Channel::BackChannel
            && options.call_userinfo == CallUserInfo::WhenMapped
            && self.userinfo_endpoint.is_some()
            && access_token.is_some()
            && !has_groups(options, tokenset);
        for_groups || calls_userinfo(options)
    }

    /// The hash of the metadata that are held back, if any are.
    pub fn held_back(&self) -> Option<&str> {
        self.held_back.as_ref().and(self.document_sha256.as_deref())
    }

    /// A failure of a conversation with it. Where its metadata wait for being accepted, that may be why.
    pub(super) fn explained(&self, error: UpstreamError) -> UpstreamError {
        match &self.held_back {
            Some(changes) if !matches!(error.kind, UpstreamErrorKind::Refused(_)) => {
                let advice = format!(
                    "{} The metadata of the provider have changed since they were adopted, and wait for being accepted for \
                     this connection: {changes}.",
                    error.advice
                );
                UpstreamError { advice: advice.into(), ..error }
            }
            Some(_) | None => error,
        }
    }

    /// Whether it was found by what is `adopted` now.
    pub(super) fn goes_by(&self, adopted: Option<&AdoptedMetadata>) -> bool {
        let Some(adopted) = adopted.map(|adopted| &adopted.metadata.sha256) else { return true };
        let is_the_same = self.held_back.is_none() && self.document_sha256.as_ref() == Some(adopted);
        is_the_same || self.adopted_sha256.as_ref() == Some(adopted)
    }

    /// Finds the provider of `settings`, by discovery where a discovery URL is set or something is missing.
    ///
    /// # Errors
    /// `discovery…` and `metadata…` checks, and those of [`HttpClient::send`].
    pub(super) async fn find(
        http: &HttpClient,
        connection: &str,
        settings: &ProviderSettings,
        adopted: Option<&AdoptedMetadata>,
        known: Option<&Self>,
    ) -> Result<Self, UpstreamError> {
        let missing = settings.missing();
        let discovered = match (&settings.discovery_url, &settings.issuer) {
            (Some(url), issuer) => {
                let url = discovery::document_url(url)?;
                let expected =
                    Issuer { entered: issuer.as_deref(), has_tenants: !settings.tenant_ids.is_empty() };
                Some(discovery::discover(http, connection, &url, expected, adopted).await?)
            }
            (None, _) if missing.is_empty() => None,
            (None, Some(issuer)) => {
                let url = discovery::document_url(issuer)?;
                let has_tenants = !settings.tenant_ids.is_empty();
                let expected = Issuer { entered: Some(issuer), has_tenants };
                let found = discovery::discover(http, connection, &url, expected, adopted).await;
                Some(found.map_err(|error| because_missing(error, &url, &missing))?)
            }
            (None, None) => {
                return Err(UpstreamError::misconfigured(
                    "metadata",
                    "a discovery URL, or an issuer with its endpoints",
                    "neither",
                    "Enter the discovery URL of the provider.",
                ));
            }
        };
        let found = http.trace().tell(&["metadata"], Self::merge(http, settings, discovered, known))?;
        Ok(Self { adopted_sha256: adopted.map(|adopted| adopted.metadata.sha256.clone()), ..found })
    }

    /// The provider of `settings`, with what discovery found.
    ///
    /// # Errors
    /// `metadata…` checks.
    pub(super) fn merge(
        http: &HttpClient,
        settings: &ProviderSettings,
        discovered: Option<Discovered>,
        known: Option<&Self>,
    ) -> Result<Self, UpstreamError> {
        let found = discovered.as_ref();
        let either = |explicit: &Option<String>, discovered: Option<&Option<String>>| {
            explicit.clone().or_else(|| discovered.cloned().flatten())
        };
        let endpoint = |name: &'static str,
                        needed: bool,
                        explicit: &Option<String>,
                        discovered: Option<&Option<String>>| {
            match either(explicit, discovered) {
                Some(url) => checked_endpoint(http, name, url).map(Some),
                None if needed => Err(absent(name)),
                None => Ok(None),
            }
        };
        let required = |name, explicit: &Option<String>, discovered: Option<&Option<String>>| {
            endpoint(name, true, explicit, discovered)?.ok_or_else(|| absent(name))
        };
        // A discovered issuer equals the one entered up to a slash at the end, and is what tokens will say.
        let issuer = found.and_then(|found| found.issuer.clone()).or_else(|| settings.issuer.clone());
        let issuer = issuer.ok_or_else(|| absent("issuer"))?;
        let jwks_uri = required("jwks_uri", &settings.jwks_uri, found.map(|found| &found.jwks_uri))?;
        let is_pushed = match settings.pushed_requests {
            PushedRequests::Always => true,
            PushedRequests::Auto => found.is_some_and(|found| found.demands_pushed_requests),
            PushedRequests::Never => false,
        };
        let keys = known
            .filter(|known| known.issuer == issuer && known.jwks_uri == jwks_uri)
            .map(|known| Arc::clone(&known.keys))
            .unwrap_or_default();
        Ok(Self {
            issuer,
            tenant_ids: settings.tenant_ids.clone(),
            authorization_endpoint: required(
                "authorization_endpoint",
                &settings.authorization_endpoint,
                found.map(|found| &found.authorization_endpoint),
            )?,
            token_endpoint: endpoint(
                "token_endpoint",
                settings.channel == Channel::BackChannel,
                &settings.token_endpoint,
                found.map(|found| &found.token_endpoint),
            )?,
            userinfo_endpoint: endpoint(
                "userinfo_endpoint",
                settings.calls_userinfo,
                &settings.userinfo_endpoint,
                found.map(|found| &found.userinfo_endpoint),
            )?,
            // Not needed to sign in: an odd one is left out.
            end_session_endpoint: either(
                &settings.end_session_endpoint,
                found.map(|found| &found.end_session_endpoint),
            )
            .and_then(|url| checked_endpoint(http, "end_session_endpoint", url).ok()),
            jwks_uri,
            pushed_request_endpoint: if is_pushed {
                Some(required(
                    PUSHED_REQUEST_ENDPOINT,
                    &settings.pushed_request_endpoint,
                    found.map(|found| &found.pushed_request_endpoint),
                )?)
            } else {
                None
            },
            proof_algorithms: found.map(|found| found.proof_algorithms.clone()),
            pkce_methods: found.map(|found| found.pkce_methods.clone()).unwrap_or_default(),
            names_issuer_in_answers: settings.demands_issuer
                || found.is_some_and(|found| found.names_issuer_in_answers),
            adopted_sha256: None,
            document_sha256: found.map(|found| found.sha256.clone()),
            held_back: found.and_then(|found| found.held_back.clone()),
            document: discovered.map(|found| found.document),
            keys,
        })
    }
}

fn checked_endpoint(http: &HttpClient, name: &'static str, url: String) -> Result<String, UpstreamError> {
    let refused = |came: String| {
        UpstreamError::misconfigured(
            "metadata-endpoint",
            format!("an https URL without a fragment as {name}"),
            came,
            format!("Correct {name} in the metadata of the provider or in this connection."),
        )
    };
    let parsed = Url::parse(&url).map_err(|_| refused(quoted(&url)))?;
    if parsed.fragment().is_some() || (parsed.scheme() == "http" && !http.guard().knows_plain_http()) {
        return Err(refused(quoted(&url)));
    }
    http.guard().admit_url(&parsed).map_err(|refusal| refused(format!("{}: {refusal}", quoted(&url))))?;
    Ok(url)
}

fn absent(name: &'static str) -> UpstreamError {
    UpstreamError::misconfigured(
        "metadata",
        format!("{name} in the provider's metadata or in this connection's settings"),
        "none",
        format!("Enter {name} for this connection, or publish it in the provider's discovery document."),
    )
}

fn because_missing(error: UpstreamError, url: &Url, missing: &[&str]) -> UpstreamError {
    let missing = missing.join(", ");
    UpstreamError {
        expected: format!("{}, because this connection has no {missing}", error.expected).into(),
        advice: format!(
            "Publish a discovery document at {url}, or enter what is missing for this connection: {missing}.",
        )
        .into(),
        ..error
    }
}
