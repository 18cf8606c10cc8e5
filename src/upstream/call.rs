//! What every request to a provider on behalf of one connection stands on.

use std::sync::Arc;

use super::http::{HttpClient, Purpose};
use super::provider::Provider;
use crate::crypto::random::Random;
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, ConnectionKeys};
use crate::domain::limits;
use crate::domain::network::Network;
use crate::domain::provider_metadata::AdoptedMetadata;

/// What this hub brings along beside the settings of the connection.
#[derive(Clone, Copy)]
pub struct OurSide<'a> {
    /// The connection's own; empty where it does not sign.
    pub keys: &'a ConnectionKeys,
    pub random: &'a Random,
    /// The metadata that logins through the connection go by, once there are any.
    pub adopted: Option<&'a Arc<AdoptedMetadata>>,
    /// Of the person for whom the provider is asked, if it is for one.
    pub network: Option<Network>,
}

#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) http: &'a Arc<HttpClient>,
    pub(super) provider: &'a Provider,
    pub(super) connection: &'a Connection,
    pub(super) ours: OurSide<'a>,
    pub(super) now: Timestamp,
}

impl<'a> Call<'a> {
    pub(super) fn purpose(&self, operation: &'static str) -> Purpose<'a> {
        Purpose {
            connection: &self.connection.name,
            operation,
            limit: limits::OUTBOUND_ANSWER_BYTES,
            network: self.ours.network,
        }
    }
}
