//! A client: an application that signs people in through us, or calls an API of ours.

mod aliases;
mod choices;
mod contradictions;
mod json;
mod key_document;
mod origins;
mod parse;
mod read_fields;
mod refresh_token;
mod settings;

pub use choices::{AppType, AssertionAlgorithm, ClientAuthMethod, ComplianceLevel, GrantType, SubjectType};
pub use json::client_json;
pub use parse::{changed_client, new_client};
pub use refresh_token::{ExpirationType, RefreshTokenSettings, RotationType};
pub use settings::{ClientSettings, JwtConfiguration};

use super::clock::Timestamp;
use crate::protocol::response_type::ResponseType;

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

    /// Whether the application registered this response type and still holds the grant types it needs.
    pub fn allows_response_type(&self, response_type: ResponseType) -> bool {
        self.settings.response_types.contains(&response_type)
            && GrantType::needed_for(response_type).iter().all(|grant_type| self.allows_grant(*grant_type))
    }
}
