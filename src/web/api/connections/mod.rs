//! `/api/v2/connections…`

pub(super) mod accept_metadata;
pub(super) mod attribute_map;
pub(super) mod check;
pub(super) mod check_change;
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
pub(super) mod test_logins;

use serde_json::{Value, json};

use crate::domain::connection::{Connection, Strategy, connection_json};
use crate::domain::diagnosis::Status;
use crate::domain::issuer::Issuer;
use crate::flows::hub::Hub;
use crate::store::StoreError;

/// A connection with its state.
async fn shown(hub: &Hub, connection: &Connection) -> Result<Value, StoreError> {
    with_status(hub, connection, connection_json(connection, None)).await
}

/// A connection with its state and its provider's document, if this node has fetched it.
async fn shown_with_metadata(hub: &Hub, connection: &Connection) -> Result<Value, StoreError> {
    let document = hub.upstream.metadata_document(&connection.id).map(|(mut document, fetched_at)| {
        if let Some(members) = document.as_object_mut() {
            members.insert("fetched_at".into(), json!(fetched_at.iso8601()));
        }
        document
    });
    with_status(hub, connection, connection_json(connection, document)).await
}

async fn with_status(hub: &Hub, connection: &Connection, mut json: Value) -> Result<Value, StoreError> {
    let id = connection.id.clone();
    let statuses = hub.store.read(move |tx| tx.statuses_of(&[&id])).await?;
    add_findings(&mut json, connection, &hub.issuer, statuses.get(&connection.id).copied());
    Ok(json)
}

/// Adds what is no setting: where the provider has to send people back to, and whether people can sign in.
fn add_findings(json: &mut Value, connection: &Connection, issuer: &Issuer, status: Option<Status>) {
    let Some(members) = json.as_object_mut() else { return };
    if connection.strategy == Strategy::Oidc {
        members.insert("callback_url".into(), json!(connection.callback_path().at(issuer)));
    }
    members.insert("status".into(), status.unwrap_or(Status::UNKNOWN).json());
}
