//! A connection: a configured link to one identity provider.

mod contradictions;
mod json;
mod keys;
mod map_version;
mod oidc_options;
mod parse;
mod parse_attribute_map;
mod parse_authentication;
mod parse_identity;
mod parse_options;
mod parse_realms;
mod redirect_uri;
mod upstream_params;

use std::collections::{BTreeMap, BTreeSet};

pub use json::connection_json;
pub use keys::{
    ASSERTION_ALGORITHMS, ConnectionKeys, are_of as keys_are_of, assertion_key_type, needed_key_type,
    rotated as rotated_keys,
};
pub use map_version::{AttributeMapVersion, map_version_json, with_attribute_map};
pub use oidc_options::{
    AttributeMap, CallUserInfo, Channel, ConnectionSettings, EmailVerifiedPolicy, JwtAudience, KeptTokens,
    MappingMode, OidcOptions, PkceMode, PushedRequests, SUBJECT_CLAIM, SetUserRootAttributes, SyncPolicy,
    TokenEndpointAuthMethod,
};
pub use parse::{changed_connection, new_connection};
pub use parse_authentication::assertion_algorithm;
pub use redirect_uri::{
    CallbackPath, RedirectUri, Surroundings, is_promise_worth_asking, leaves_redirect_uri_open,
    settle_redirect_uri,
};
use serde::{Deserialize, Serialize};
pub use upstream_params::{
    RequestParameter, UpstreamParam, fixed as fixed_upstream_params, resolved as resolved_upstream_params,
};

use super::clock::Timestamp;
use super::secret::Secret;
use crate::crypto::digest;

/// The kind of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// A company's OpenID Connect provider.
    Oidc,
    /// Classic accounts of our own: e-mail and password.
    Local,
}

impl Strategy {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::Local => "local",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Oidc, Self::Local].into_iter().find(|strategy| strategy.name() == name)
    }
}

/// A configured link to one identity provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// `con_` and 16 letters or digits.
    pub id: String,
    /// Unique, immutable, part of every `user_id`.
    pub name: String,
    pub strategy: Strategy,
    pub display_name: String,
    pub is_enabled: bool,
    pub is_domain_connection: bool,
    pub show_as_button: bool,
    pub realms: Vec<String>,
    pub metadata: BTreeMap<String, String>,
    /// `client_id`s of the applications that may use this connection.
    pub enabled_clients: BTreeSet<String>,
    /// Unused by [`Strategy::Local`].
    pub options: OidcOptions,
    pub client_secret: Option<Secret>,
    /// Names the picture on its button, where it has one.
    pub logo_sha256: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Counts changes; an edit names the version it read.
    pub version: i64,
}

impl Connection {
    /// Changes whenever a setting changes that decides where a login goes and what is accepted from there.
    ///
    /// A login in progress keeps it: edited meanwhile, the login starts again and never switches provider.
    pub fn fingerprint(&self) -> String {
        let relevant = serde_json::json!([
            self.id,
            self.strategy,
            self.options.channel,
            self.options.discovery_url,
            self.options.issuer,
            self.options.authorization_endpoint,
            self.options.token_endpoint,
            self.options.jwks_uri,
            self.options.userinfo_endpoint,
            self.options.client_id,
            self.options.token_endpoint_auth_method,
            self.options.pushed_authorization_request_endpoint,
            self.options.pushed_authorization_requests,
            self.options.dpop_signing_alg,
            self.options.token_endpoint_auth_signing_alg,
            self.options.token_endpoint_jwtca_aud_format,
            self.options.id_token_signed_response_algs,
            self.options.user_id_attribute,
            self.options.tenant_ids,
            self.options.email_verified_policy,
            self.options.call_userinfo,
            self.options.groups_claim,
            self.options.id_token_session_expiry_supported,
            self.options.upstream_params,
            self.callback_path(),
            self.options.demands_issuer,
            self.client_secret.as_ref().map(|secret| digest::sha256_base64url(secret.reveal())),
        ]);
        digest::sha256_base64url(&relevant.to_string())
    }

    /// Where the picture on its button is, at our own address.
    pub fn logo_path(&self) -> Option<String> {
        let sha256 = self.logo_sha256.as_ref()?;
        Some(format!("/logos/{}/{sha256}", self.id))
    }

    /// Whose server people are sent to, as far as the settings say.
    pub fn provider_host(&self) -> Option<String> {
        let OidcOptions { discovery_url, authorization_endpoint, issuer, .. } = &self.options;
        let address = authorization_endpoint.as_ref().or(discovery_url.as_ref()).or(issuer.as_ref())?;
        Some(url::Url::parse(address).ok()?.host_str()?.to_owned())
    }

    /// `oidc|name|sub`, or `local|id` for a classic account.
    pub fn user_id_for(&self, subject: &str) -> String {
        match self.strategy {
            Strategy::Oidc => format!("oidc|{}|{subject}", self.name),
            Strategy::Local => format!("local|{subject}"),
        }
    }
}
