//! `vestibule providers test NAME`

use anyhow::bail;
use serde_json::{Map, Value, json};

use super::Format;
use super::add::check;
use super::edit::existing;
use crate::cli::outcome::on_one_line;
use crate::cli::print;
use crate::cli::server::{Server, segment};

/// Has the hub ask the provider anew, and prints every check.
///
/// # Errors
/// There is no such connection, the hub refuses, or people cannot sign in.
pub(super) async fn run(server: &Server, name: &str, format: Format) -> anyhow::Result<()> {
    let connection = existing(server, name).await?;
    // A change of nothing is tried: what is known from before does not count.
    let path = format!("connections/{}/check", segment(connection.id()));
    let verdict = check(server, &path, &Map::new()).await?;
    print(&match format {
        Format::Text => format!("{name}: {}\n{}", verdict.state(), verdict.text()),
        Format::Json => format!("{:#}\n", verdict.0),
    })?;
    if verdict.is_broken() {
        bail!("people cannot sign in through {name}: {} of its checks failed", verdict.failures());
    }
    Ok(())
}

/// Prints a link to a test login; the hub tells it this once.
///
/// # Errors
/// There is no such connection, or the hub refuses.
pub(super) async fn link(server: &Server, name: &str, format: Format) -> anyhow::Result<()> {
    let connection = existing(server, name).await?;
    let made = server.post(&format!("connections/{}/test", segment(connection.id())), &json!({})).await?.json;
    let text = |name: &str| on_one_line(made.get(name).and_then(Value::as_str).unwrap_or_default());
    print(&match format {
        Format::Text => format!(
            "Open this link, once, until {}, and sign in at the provider:\n\n  {}\n\nNobody becomes a user by that.\n",
            text("expires_at"),
            text("url"),
        ),
        Format::Json => format!("{made:#}\n"),
    })
}
