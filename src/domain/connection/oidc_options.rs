//! The options of an OpenID Connect connection, named as in the Management API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::redirect_uri::RedirectUri;
use super::upstream_params::UpstreamParam;
use crate::crypto::jws::Algorithm;
use crate::domain::discovery_address::{document_url, implied_issuer};

/// How the provider's answer reaches us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// `response_type=code`.
    #[default]
    BackChannel,
    /// `response_type=id_token`, `response_mode=form_post`.
    FrontChannel,
}

/// Proof Key for Code Exchange towards the provider (RFC 7636).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PkceMode {
    /// S256, unless the provider advertises `plain` alone.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    S256,
    #[serde(rename = "plain")]
    Plain,
    #[serde(rename = "disabled")]
    Disabled,
}

/// How we authenticate at the provider's token endpoint (OpenID Connect Core §9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenEndpointAuthMethod {
    #[default]
    ClientSecretPost,
    ClientSecretBasic,
    /// By a key of the connection's own (RFC 7523 §3).
    PrivateKeyJwt,
    None,
}

/// Whom a client assertion is for: always one of them alone, so that no other provider can use it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JwtAudience {
    #[default]
    Issuer,
    TokenEndpoint,
}

/// Which claims become the profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MappingMode {
    /// Every claim of the ID token, reserved names aside.
    #[default]
    BindAll,
    /// Only what `attributes` lists.
    UseMap,
    /// The standard profile claims.
    BasicProfile,
}

/// When a login writes the root attributes of the user, and whether it may create the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetUserRootAttributes {
    #[default]
    OnEachLogin,
    OnFirstLogin,
    /// Also: a person without a user is refused.
    NeverOnLogin,
}

/// When a login writes one root attribute of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncPolicy {
    /// At every login, also to take away what the provider no longer says.
    Always,
    /// When the login makes the user.
    First,
    Never,
    /// Whenever the user has no value, or an empty one.
    IfEmpty,
}

impl SyncPolicy {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::First => "first",
            Self::Never => "never",
            Self::IfEmpty => "if_empty",
        }
    }
}

/// When UserInfo is asked (back channel only).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallUserInfo {
    /// When a template of the attribute map refers to it.
    #[default]
    WhenMapped,
    Always,
    Never,
}

/// Whose word about an e-mail address counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailVerifiedPolicy {
    /// The provider's, about any address.
    #[default]
    AsAsserted,
    /// The provider's, about addresses of domains that are verified for this connection.
    VerifiedDomainsOnly,
    /// Nobody's.
    Never,
}

/// Whether the authorization request is pushed to the provider (RFC 9126) instead of travelling through the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushedRequests {
    /// Where the provider's metadata demand it.
    #[default]
    Auto,
    Always,
    Never,
}

/// Whether the provider's tokens are kept, for programs that may read them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptTokens {
    pub active: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectionSettings {
    pub pkce: PkceMode,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AttributeMap {
    pub mapping_mode: MappingMode,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_scope: Option<String>,
    /// Profile attribute → literal or template.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Value>,
    /// Profile attribute → when a login writes it; the others follow `set_user_root_attributes`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sync: BTreeMap<String, SyncPolicy>,
}

/// The options, without the secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OidcOptions {
    #[serde(rename = "type")]
    pub channel: Channel,
    /// The preset that filled in what was left out when the connection was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discovery_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushed_authorization_request_endpoint: Option<String>,
    pub pushed_authorization_requests: PushedRequests,
    /// Of proofs that bind the provider's tokens to a key (RFC 9449); `None`: they are not bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpop_signing_alg: Option<Algorithm>,
    #[serde(default = "RedirectUri::of_before")]
    pub redirect_uri: RedirectUri,
    /// An answer that does not name its issuer is refused: the shared redirect URI rests on the provider's promise to name
    /// itself (RFC 9207 §2.4), whatever its metadata say by now.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub demands_issuer: bool,
    pub client_id: String,
    /// Seconds since 1970; 0: never (RFC 7591 §3.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret_expires_at: Option<i64>,
    /// Space separated; always contains `openid`.
    pub scope: String,
    pub connection_settings: ConnectionSettings,
    pub token_endpoint_auth_method: TokenEndpointAuthMethod,
    /// Of client assertions.
    pub token_endpoint_auth_signing_alg: Algorithm,
    pub token_endpoint_jwtca_aud_format: JwtAudience,
    /// `None`: any algorithm this hub supports.
    pub id_token_signed_response_algs: Option<Vec<Algorithm>>,
    pub attribute_map: AttributeMap,
    pub call_userinfo: CallUserInfo,
    pub set_user_root_attributes: SetUserRootAttributes,
    /// Lower-case A-label domains; `*.example.com` matches subdomains.
    pub domain_aliases: Vec<String>,
    /// Addresses that lead here whatever their domain says, as [`super::super::home_realm::EmailDomain::of`] reads them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub address_aliases: Vec<String>,
    /// A domain leads here only while this connection has proven that it is its own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_verified_domains: bool,
    /// What people may type, or an application name, in the place of an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon_url: Option<String>,
    /// The claim of the ID token that says who somebody is.
    pub user_id_attribute: String,
    /// Lower case; the tenants of an issuer with `{tenantid}` in it whose people may sign in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tenant_ids: Vec<String>,
    pub email_verified_policy: EmailVerifiedPolicy,
    /// The claim of ID token or UserInfo that becomes `groups`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups_claim: Option<String>,
    /// Profile attributes that are never stored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub non_persistent_attrs: Vec<String>,
    /// The ID token's `session_expiry` bounds our session.
    pub id_token_session_expiry_supported: bool,
    /// What else the authorization request says, by parameter.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub upstream_params: BTreeMap<String, UpstreamParam>,
    pub federated_connections_access_tokens: KeptTokens,
}

/// The claim that says who somebody is, unless the connection names another.
pub const SUBJECT_CLAIM: &str = "sub";

impl Default for OidcOptions {
    fn default() -> Self {
        Self {
            channel: Channel::default(),
            preset: None,
            discovery_url: None,
            issuer: None,
            authorization_endpoint: None,
            token_endpoint: None,
            jwks_uri: None,
            userinfo_endpoint: None,
            end_session_endpoint: None,
            pushed_authorization_request_endpoint: None,
            pushed_authorization_requests: PushedRequests::default(),
            dpop_signing_alg: None,
            redirect_uri: RedirectUri::default(),
            demands_issuer: false,
            client_id: String::new(),
            client_secret_expires_at: None,
            scope: "openid profile email".into(),
            connection_settings: ConnectionSettings::default(),
            token_endpoint_auth_method: TokenEndpointAuthMethod::default(),
            token_endpoint_auth_signing_alg: Algorithm::RS256,
            token_endpoint_jwtca_aud_format: JwtAudience::default(),
            id_token_signed_response_algs: None,
            attribute_map: AttributeMap::default(),
            call_userinfo: CallUserInfo::default(),
            set_user_root_attributes: SetUserRootAttributes::default(),
            domain_aliases: Vec::new(),
            address_aliases: Vec::new(),
            require_verified_domains: false,
            organization_code: None,
            icon_url: None,
            user_id_attribute: SUBJECT_CLAIM.into(),
            tenant_ids: Vec::new(),
            email_verified_policy: EmailVerifiedPolicy::default(),
            groups_claim: None,
            non_persistent_attrs: Vec::new(),
            id_token_session_expiry_supported: false,
            upstream_params: BTreeMap::new(),
            federated_connections_access_tokens: KeptTokens::default(),
        }
    }
}

impl OidcOptions {
    /// Where the provider's metadata are looked for.
    pub fn document_url(&self) -> Option<Url> {
        document_url(self.discovery_url.as_ref().or(self.issuer.as_ref())?)
    }

    /// The issuer that is entered, or that the metadata have to name.
    pub fn issuer_meant(&self) -> Option<String> {
        self.issuer.clone().or_else(|| Some(implied_issuer(&self.document_url()?)))
    }

    /// Whether the signature algorithm of an ID token is allowed for this connection.
    pub fn allows(&self, algorithm: Algorithm) -> bool {
        self.id_token_signed_response_algs.as_ref().is_none_or(|allowed| allowed.contains(&algorithm))
    }
}
