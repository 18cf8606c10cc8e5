//! `/api/v2/connections…`

pub(super) mod attribute_map;
pub(super) mod check;
pub(super) mod create;
pub(super) mod create_keys;
pub(super) mod domains;
pub(super) mod edit;
pub(super) mod enable_clients;
pub(super) mod list;
pub(super) mod list_clients;
pub(super) mod list_keys;
pub(super) mod list_presets;
pub(super) mod logo;
pub(super) mod read;
pub(super) mod remove;
pub(super) mod resolve;
pub(super) mod rotate_keys;
pub(super) mod setup_tickets;
pub(super) mod status;

use serde_json::{Value, json};

use crate::domain::connection::{Connection, connection_json};
use crate::flows::hub::Hub;

/// A connection with its provider's document, if this node has fetched it.
fn with_metadata(hub: &Hub, connection: &Connection) -> Value {
    let document = hub.upstream.metadata_document(&connection.id).map(|(mut document, fetched_at)| {
        if let Some(members) = document.as_object_mut() {
            members.insert("fetched_at".into(), json!(fetched_at.iso8601()));
        }
        document
    });
    connection_json(connection, document)
}
