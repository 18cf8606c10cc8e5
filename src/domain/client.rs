//! A client: an application that signs people in through us, or calls an API of ours.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::limits;
use crate::crypto::jws::Algorithm;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppType {
    #[default]
    RegularWeb,
    Spa,
    Native,
    NonInteractive,
}

/// How the application authenticates at our token endpoint (OpenID Connect Core §9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    #[default]
    ClientSecretPost,
    ClientSecretBasic,
    /// A public client; it must use PKCE.
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    AuthorizationCode,
    ClientCredentials,
}

impl GrantType {
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::ClientCredentials => "client_credentials",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JwtConfiguration {
    pub lifetime_in_seconds: i64,
}

impl Default for JwtConfiguration {
    fn default() -> Self {
        Self { lifetime_in_seconds: limits::ID_TOKEN_LIFETIME_SECONDS }
    }
}

/// What an administrator decides about an application; stored as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientSettings {
    pub name: String,
    pub description: String,
    pub app_type: AppType,
    pub is_first_party: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Redirect URIs, matched exactly.
    pub callbacks: Vec<String>,
    /// Where a sign-out may return to (`post_logout_redirect_uris`), matched exactly.
    pub allowed_logout_urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    pub grant_types: Vec<GrantType>,
    pub token_endpoint_auth_method: ClientAuthMethod,
    pub jwt_configuration: JwtConfiguration,
    /// RS256, PS256, ES256 or EdDSA.
    pub id_token_signed_response_alg: Algorithm,
    /// Seconds; `None`: the default of the audience.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_ttl: Option<i64>,
    /// Profile attributes copied into ID token and UserInfo.
    pub profile_claims: Vec<String>,
    pub client_metadata: BTreeMap<String, String>,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            app_type: AppType::default(),
            is_first_party: true,
            logo_uri: None,
            callbacks: Vec::new(),
            allowed_logout_urls: Vec::new(),
            initiate_login_uri: None,
            grant_types: vec![GrantType::AuthorizationCode],
            token_endpoint_auth_method: ClientAuthMethod::default(),
            jwt_configuration: JwtConfiguration::default(),
            id_token_signed_response_alg: Algorithm::RS256,
            access_token_ttl: None,
            profile_claims: Vec::new(),
            client_metadata: BTreeMap::new(),
        }
    }
}

/// An application.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    pub client_id: String,
    pub settings: ClientSettings,
    /// SHA-256 of the secret in base64url; `None` for public clients.
    pub secret_hash: Option<String>,
    /// Made from the settings at start: every Management API scope, and not editable through the API.
    pub is_management: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

impl Client {
    pub fn is_public(&self) -> bool {
        self.settings.token_endpoint_auth_method == ClientAuthMethod::None
    }

    pub fn allows_grant(&self, grant_type: GrantType) -> bool {
        self.settings.grant_types.contains(&grant_type)
    }
}
