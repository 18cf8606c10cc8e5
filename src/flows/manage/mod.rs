//! An administrator's program changes connections, applications, APIs and users.
//!
//! Every change is one transaction together with its log entry. A change is merged into what is stored
//! (RFC 7396) and the whole is checked again, so that nothing half-right is ever kept.

mod accept_metadata;
mod actor;
mod administrators;
mod attribute_maps;
pub mod bootstrap;
mod built_in;
mod check_connection;
mod client_grants;
mod commit;
mod connection_keys;
mod connection_logo;
mod create_client;
mod create_connection;
mod create_user;
mod domains;
mod edit_client;
mod edit_connection;
mod edit_user;
mod enable_clients;
mod end_access;
mod expected;
mod grants;
mod initial_access_tokens;
mod provider_says;
mod record;
mod remove;
mod remove_secret;
mod resource_servers;
mod rotate_secret;
mod setup_tickets;
mod signing_keys;
mod test_logins;
mod try_attribute_map;

pub use accept_metadata::accept_metadata;
pub use actor::{Actor, NotAuthorized, authorize};
pub use attribute_maps::restore_attribute_map;
pub use check_connection::{check_change, check_connection, connection_status};
pub use client_grants::{create_client_grant, edit_client_grant, remove_client_grant};
pub use connection_keys::{create_connection_keys, rotate_connection_keys};
pub use connection_logo::{LogoSource, remove_connection_logo, set_connection_logo};
pub use create_client::{ClientWithSecret, create_client, new_secret};
pub use create_connection::create_connection;
pub(in crate::flows) use create_user::ClassicPerson;
pub use create_user::create_user;
pub use domains::{check_domain, claim_domain, remove_domain};
pub use edit_client::edit_client;
pub use edit_connection::edit_connection;
pub use edit_user::edit_user;
pub use enable_clients::enable_clients;
pub use end_access::{
    end_all_sessions, end_session, revoke_refresh_token, revoke_refresh_tokens, revoke_refresh_tokens_of_user,
};
pub use expected::Expected;
pub use grants::{remove_grant, remove_grants_of_user};
pub use initial_access_tokens::{
    NewInitialAccessToken, create_initial_access_token, remove_initial_access_token,
};
pub use record::refusal;
pub use remove::{remove_client, remove_connection, remove_user};
pub use remove_secret::remove_secret;
pub use resource_servers::{create_resource_server, edit_resource_server, remove_resource_server};
pub use rotate_secret::rotate_secret;
pub use setup_tickets::{NewSetupTicket, create_setup_ticket, remove_setup_ticket};
pub use signing_keys::{revoke_signing_key, rotate_signing_keys};
pub use test_logins::{NewTestLogin, create_test_login, remove_test_login};
pub use try_attribute_map::try_attribute_map;

use crate::crypto::signing::SigningError;
use crate::domain::problem::Problem;
use crate::flows::password_hashing::NotHashed;
use crate::store::StoreError;

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    Connection,
    Client,
    User,
    ResourceServer,
    ClientGrant,
    Session,
    RefreshToken,
    /// What a person let an application have.
    Grant,
    InitialAccessToken,
    AttributeMapVersion,
    /// What a connection claims, and proves in DNS.
    Domain,
    SetupTicket,
    TestLogin,
}

impl Resource {
    /// The word in messages and log entries.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Client => "client",
            Self::User => "user",
            Self::ResourceServer => "resource server",
            Self::ClientGrant => "client grant",
            Self::Session => "session",
            Self::RefreshToken => "refresh token",
            Self::Grant => "grant",
            Self::InitialAccessToken => "initial access token",
            Self::AttributeMapVersion => "version of the attribute map",
            Self::Domain => "domain",
            Self::SetupTicket => "set-up ticket",
            Self::TestLogin => "test login",
        }
    }
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    #[error("the body is invalid")]
    Invalid(Vec<Problem>),
    #[error("The {} does not exist", .0.word())]
    NotFound(Resource),
    /// Something that must be unique is taken.
    #[error("{message}")]
    Conflict { resource: Resource, message: String },
    /// `If-Match` named another version (RFC 9110 §13.1.1).
    #[error("The {} was changed since you read it: read it again, and repeat the change with its new ETag", .0.word())]
    Changed(Resource),
    #[error("Providers are not asked that often: try again in a moment")]
    TooOften,
    #[error("{0}")]
    NotSupported(&'static str),
    #[error("no key could be made")]
    Signing(#[from] SigningError),
    #[error(transparent)]
    Hash(#[from] NotHashed),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ManageError {
    /// One problem of the body.
    fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem::new(path, message)])
    }
}
