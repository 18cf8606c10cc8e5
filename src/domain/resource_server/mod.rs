//! An API that accepts our access tokens: its identifier is their audience (RFC 8707), its scopes are what they open.

mod json;
mod parse;

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::limits;
use super::management_scope;
use crate::crypto::jws::Algorithm;

pub use json::resource_server_json;
pub use parse::{changed_resource_server, new_resource_server};

/// The id of the Management API's own row.
pub const MANAGEMENT_API_ID: &str = "management";

/// One thing an application may do at an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiScope {
    /// The word in `scope`.
    pub value: String,
    /// What people read when they are asked.
    #[serde(default)]
    pub description: String,
}

/// A type of `authorization_details` that the API understands (RFC 9396 §2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationDetailsType {
    #[serde(rename = "type")]
    pub name: String,
}

/// What an administrator decides about an API; stored as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResourceServerSettings {
    pub name: String,
    pub scopes: Vec<ApiScope>,
    /// RS256, PS256, ES256 or EdDSA.
    pub signing_alg: Algorithm,
    /// Seconds; of access tokens from the token endpoint.
    pub token_lifetime: i64,
    /// Seconds; of access tokens that travel through the browser (implicit and hybrid).
    pub token_lifetime_for_web: i64,
    /// Whether `offline_access` may be granted together with this API.
    pub allow_offline_access: bool,
    /// Whether first-party applications get this API's scopes without asking the person.
    pub skip_consent_for_verifiable_first_party_clients: bool,
    pub authorization_details: Vec<AuthorizationDetailsType>,
    /// The application that is this API: it may introspect the API's tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

impl Default for ResourceServerSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            scopes: Vec::new(),
            signing_alg: Algorithm::RS256,
            token_lifetime: limits::API_TOKEN_LIFETIME_SECONDS,
            token_lifetime_for_web: limits::API_TOKEN_LIFETIME_FOR_WEB_SECONDS,
            allow_offline_access: false,
            skip_consent_for_verifiable_first_party_clients: true,
            authorization_details: Vec::new(),
            client_id: None,
        }
    }
}

/// An API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceServer {
    pub id: String,
    /// The audience of its tokens; never changes.
    pub identifier: String,
    pub settings: ResourceServerSettings,
    /// The Management API: made by the hub, neither changed nor removed through itself.
    pub is_system: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

impl ResourceServer {
    /// The Management API, whose audience is `identifier`.
    pub fn management_api(identifier: String, now: Timestamp) -> Self {
        let scopes = management_scope::ALL.iter().map(|scope| ApiScope {
            value: (*scope).to_owned(),
            description: management_scope::description(scope),
        });
        Self {
            id: MANAGEMENT_API_ID.to_owned(),
            identifier,
            settings: ResourceServerSettings {
                name: "Management API".to_owned(),
                scopes: scopes.collect(),
                token_lifetime: limits::MANAGEMENT_TOKEN_LIFETIME_SECONDS,
                // An administrator in a terminal stays one for a while.
                allow_offline_access: true,
                ..ResourceServerSettings::default()
            },
            is_system: true,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    pub fn has_scope(&self, value: &str) -> bool {
        self.settings.scopes.iter().any(|scope| scope.value == value)
    }

    /// Whether the API understands `authorization_details` of this type (RFC 9396 §5).
    pub fn understands(&self, details_type: &str) -> bool {
        self.settings.authorization_details.iter().any(|known| known.name == details_type)
    }
}
