//! A version of a connection's attribute map, and going back to one.

use serde_json::{Map, Value, json};

use super::parse::changed_connection;
use super::{AttributeMap, Connection};
use crate::domain::clock::Timestamp;
use crate::domain::problem::Problem;

/// An attribute map as it was saved.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeMapVersion {
    /// Counts from 1 for each connection.
    pub version: i64,
    pub attribute_map: AttributeMap,
    /// The application that saved it; `None` for a map older than the first recorded change.
    pub client_id: Option<String>,
    pub created_at: Timestamp,
}

/// The version as the Management API shows it.
pub fn map_version_json(version: &AttributeMapVersion) -> Value {
    json!({
        "version": version.version,
        "attribute_map": version.attribute_map,
        "client_id": version.client_id,
        "created_at": version.created_at.iso8601(),
    })
}

/// The connection with this attribute map in place of its own, checked with all its other settings.
///
/// # Errors
/// All problems of the connection as it would be.
pub fn with_attribute_map(
    current: &Connection,
    attribute_map: &Value,
    allows_http: bool,
    now: Timestamp,
) -> Result<Connection, Vec<Problem>> {
    let patch = |attribute_map: &Value| match json!({"options": {"attribute_map": attribute_map}}) {
        Value::Object(patch) => patch,
        _ => Map::new(),
    };
    // A merge patch keeps what it does not name: the present map goes first.
    let without = changed_connection(current, &patch(&Value::Null), None, allows_http, now)?;
    changed_connection(&without, &patch(attribute_map), None, allows_http, now)
}
