//! A client: an application that signs people in through us, or calls an API of ours.

mod aliases;
mod choices;
mod contradictions;
mod json;
mod key_document;
mod metadata;
mod origins;
mod parse;
mod read_fields;
mod refresh_token;
mod secret;
mod settings;

pub use choices::{AppType, AssertionAlgorithm, ClientAuthMethod, ComplianceLevel, GrantType, SubjectType};
pub use json::{client_json, client_secrets_json};
pub use metadata::{client_metadata, registered_client, reregistered_client};
pub use parse::{changed_client, new_client};
pub use refresh_token::{ExpirationType, RefreshTokenSettings, RotationType};
pub use secret::ClientSecret;
pub use settings::{ClientSettings, JwtConfiguration};

use super::clock::Timestamp;
use crate::protocol::response_type::ResponseType;

/// An application.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    pub client_id: String,
    pub settings: ClientSettings,
    /// `None` for clients that authenticate without one.
    pub secret: Option<ClientSecret>,
    /// The secret before the last rotation, for as long as the administrator said.
    pub previous_secret: Option<ClientSecret>,
    /// SHA-256, in base64url, of the token that may read and change a registration (RFC 7592 §3).
    pub registration_token_hash: Option<String>,
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

    /// Whether the application wants to hear that a session has ended (OpenID Connect Back-Channel and Front-Channel
    /// Logout).
    pub fn wants_logout_notice(&self) -> bool {
        self.settings.backchannel_logout_uri.is_some() || self.settings.frontchannel_logout_uri.is_some()
    }

    pub fn allows_grant(&self, grant_type: GrantType) -> bool {
        self.settings.grant_types.contains(&grant_type)
    }

    /// The secrets that are good now, the current one first.
    pub fn live_secrets(&self, now: Timestamp) -> impl Iterator<Item = &ClientSecret> {
        self.secret.iter().chain(&self.previous_secret).filter(move |secret| secret.is_alive(now))
    }

    /// Whether the application signs with a secret that we cannot read: it was made for another method.
    pub fn must_rotate_secret(&self) -> bool {
        self.settings.signs_with_secret()
            && self.secret.as_ref().is_none_or(|secret| secret.readable.is_none())
    }

    /// Whether the application registered this response type and still holds the grant types it needs.
    pub fn allows_response_type(&self, response_type: ResponseType) -> bool {
        self.settings.response_types.contains(&response_type)
            && GrantType::needed_for(response_type).iter().all(|grant_type| self.allows_grant(*grant_type))
    }
}
