//! `vestibule providers remove NAME`

use serde_json::Value;

use super::edit::existing;
use crate::cli::confirm::confirm;
use crate::cli::print;
use crate::cli::server::{Server, segment};

/// Removes the connection, after a question unless that is forced; what was changed since the question stays.
///
/// # Errors
/// There is none (unless forced), nobody said yes, or the hub refuses.
pub(super) async fn run(server: &Server, name: &str, is_forced: bool) -> anyhow::Result<()> {
    if is_forced && server.find_connection(name).await?.is_none() {
        return print(&format!("There is no connection {name:?}: nothing to remove.\n"));
    }
    let connection = existing(server, name).await?;
    if !is_forced {
        let applications =
            connection.json.get("enabled_clients").and_then(Value::as_array).map_or(0, Vec::len);
        confirm(&format!(
            "Remove {name}? {applications} applications may use it; people who sign in through it are signed out, and \
             those who have no other connection are removed."
        ))?;
    }
    let etag = connection.etag.as_deref().filter(|_| !is_forced);
    server.delete(&format!("connections/{}", segment(connection.id())), etag).await?;
    print(&format!("Removed {name}.\n"))
}
