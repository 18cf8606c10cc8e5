//! What the hub makes for itself: the connection of its administrators, and the application that signs them in from a
//! terminal. They are what this program says; the Management API neither changes nor removes them.

use std::collections::{BTreeMap, BTreeSet};

use super::client::{AppType, Client, ClientAuthMethod, ClientSettings, RefreshTokenSettings};
use super::clock::Timestamp;
use super::connection::{Connection, OidcOptions, Strategy};
use super::limits;

/// Other connections have random ids, so no other is ever mistaken for it, whatever its name.
pub const ADMINISTRATORS_CONNECTION_ID: &str = "con_administrators00";

/// The names of the connection of administrators: the second where somebody's own connection has the first.
pub const ADMINISTRATORS_CONNECTION_NAMES: [&str; 2] = ["administrators", "administrators-of-this-hub"];

/// Other applications have random ids, but for the one that the settings name.
pub const TERMINAL_CLIENT_ID: &str = "vestibule-cli";

/// Where `vestibule login` listens: its port, and what the browser is sent back to.
pub const TERMINAL_PORT: u16 = 8301;
pub const TERMINAL_REDIRECT_URI: &str = "http://localhost:8301";

impl Client {
    /// Whether the hub made it for itself.
    pub fn is_built_in(&self) -> bool {
        self.client_id == TERMINAL_CLIENT_ID && !self.is_management
    }
}

impl Connection {
    /// Whether the hub made it for itself.
    pub fn is_built_in(&self) -> bool {
        self.id == ADMINISTRATORS_CONNECTION_ID
    }
}

/// Classic accounts of the people who manage the hub; they serve the hub's own applications alone.
pub fn administrators_connection(name: &str, now: Timestamp) -> Connection {
    Connection {
        id: ADMINISTRATORS_CONNECTION_ID.to_owned(),
        name: name.to_owned(),
        strategy: Strategy::Local,
        display_name: "Vestibule".to_owned(),
        is_enabled: true,
        is_domain_connection: false,
        show_as_button: false,
        realms: vec![name.to_owned()],
        metadata: BTreeMap::new(),
        enabled_clients: BTreeSet::from([TERMINAL_CLIENT_ID.to_owned()]),
        options: OidcOptions::default(),
        client_secret: None,
        logo_sha256: None,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

/// `vestibule login`: a public native application (RFC 8252) with code, PKCE and rotating refresh tokens.
pub fn terminal_client(now: Timestamp) -> Client {
    Client {
        client_id: TERMINAL_CLIENT_ID.to_owned(),
        settings: ClientSettings {
            name: "Vestibule terminal".to_owned(),
            description: "Made by the hub itself: signs administrators in with `vestibule login`".to_owned(),
            app_type: AppType::Native,
            callbacks: vec![TERMINAL_REDIRECT_URI.to_owned()],
            token_endpoint_auth_method: ClientAuthMethod::None,
            access_token_ttl: Some(limits::TERMINAL_TOKEN_SECONDS),
            refresh_token: RefreshTokenSettings {
                leeway: limits::TERMINAL_LEEWAY_SECONDS,
                token_lifetime: limits::TERMINAL_SIGN_IN_SECONDS,
                idle_token_lifetime: limits::TERMINAL_IDLE_SECONDS,
                ..RefreshTokenSettings::default()
            },
            ..ClientSettings::default()
        },
        secret: None,
        previous_secret: None,
        registration_token_hash: None,
        is_management: false,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}
