//! `vestibule providers list`

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::Format;
use super::kind::kind_of;
use crate::cli::print;
use crate::cli::server::{Server, segment};
use crate::cli::table::table;
use crate::domain::limits;

/// Prints every connection. What the hub cannot tell in time is `unknown`: a provider that hangs must not stop a list.
///
/// # Errors
/// The hub refuses.
pub(super) async fn run(server: &Server, format: Format) -> anyhow::Result<()> {
    let connections = server.list("connections").await?;
    let states = states(server, &connections).await;
    let rows: Vec<Row> = connections.iter().map(|connection| Row::of(connection, &states)).collect();
    print(&match format {
        Format::Text => table(
            ["NAME", "KIND", "URL", "STATUS"],
            rows.into_iter()
                .map(|row| [row.name, row.kind, row.url.unwrap_or_else(|| "-".into()), row.status]),
        ),
        Format::Json => {
            let rows = rows.into_iter().map(|row| {
                json!({
                    "id": row.id, "name": row.name, "kind": row.kind, "url": row.url, "status": row.status,
                })
            });
            format!("{:#}\n", Value::Array(rows.collect()))
        }
    })
}

struct Row {
    id: String,
    name: String,
    kind: String,
    url: Option<String>,
    status: String,
}

impl Row {
    fn of(connection: &Value, states: &BTreeMap<String, String>) -> Self {
        let text = |name: &str| connection.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let option = |name: &str| Some(connection.get("options")?.get(name)?.as_str()?.to_owned());
        let id = text("id");
        let known = states.get(&id).map(String::as_str).or_else(|| kept(connection));
        let is_enabled = connection.get("is_enabled").and_then(Value::as_bool).unwrap_or(true);
        let status = if is_enabled { known.unwrap_or("unknown") } else { "disabled" }.to_owned();
        Self {
            name: text("name"),
            kind: kind_of(connection).to_owned(),
            url: option("discovery_url").or_else(|| option("issuer")),
            status,
            id,
        }
    }
}

/// What the hub found out last.
fn kept(connection: &Value) -> Option<&str> {
    let status = connection.get("status")?;
    status.get("checked_at")?.as_str()?;
    status.get("state")?.as_str()
}

/// The states of those that the hub has not looked at yet, asked side by side, for a limited time altogether.
async fn states(server: &Server, connections: &[Value]) -> BTreeMap<String, String> {
    let deadline = Instant::now() + Duration::from_secs(limits::TERMINAL_STATUS_SECONDS);
    let open = connections.iter().filter(|one| kind_of(one) != "local" && kept(one).is_none());
    let ids: Vec<&str> = open.filter_map(|one| one.get("id")?.as_str()).collect();
    let asked = stream::iter(ids).map(|id| async move {
        let path = format!("connections/{}/status", segment(id));
        let answer = timeout_at(deadline, server.get(&path)).await.ok()?.ok()?;
        Some((id.to_owned(), answer.json.get("state")?.as_str()?.to_owned()))
    });
    asked.buffer_unordered(limits::TERMINAL_CALLS_AT_ONCE).filter_map(std::future::ready).collect().await
}
