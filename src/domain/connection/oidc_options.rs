//! The options of an OpenID Connect connection, named as in the Management API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::crypto::jws::Algorithm;

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
    None,
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
    pub client_id: String,
    /// Space separated; always contains `openid`.
    pub scope: String,
    pub connection_settings: ConnectionSettings,
    pub token_endpoint_auth_method: TokenEndpointAuthMethod,
    /// `None`: any algorithm this hub supports.
    pub id_token_signed_response_algs: Option<Vec<Algorithm>>,
    pub attribute_map: AttributeMap,
    pub call_userinfo: CallUserInfo,
    pub set_user_root_attributes: SetUserRootAttributes,
    /// Lower-case A-label domains; `*.example.com` matches subdomains.
    pub domain_aliases: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon_url: Option<String>,
}

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
            client_id: String::new(),
            scope: "openid profile email".into(),
            connection_settings: ConnectionSettings::default(),
            token_endpoint_auth_method: TokenEndpointAuthMethod::default(),
            id_token_signed_response_algs: None,
            attribute_map: AttributeMap::default(),
            call_userinfo: CallUserInfo::default(),
            set_user_root_attributes: SetUserRootAttributes::default(),
            domain_aliases: Vec::new(),
            icon_url: None,
        }
    }
}

impl OidcOptions {
    /// Whether the signature algorithm of an ID token is allowed for this connection.
    pub fn allows(&self, algorithm: Algorithm) -> bool {
        self.id_token_signed_response_algs.as_ref().is_none_or(|allowed| allowed.contains(&algorithm))
    }
}
