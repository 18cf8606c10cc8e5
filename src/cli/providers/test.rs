//! `vestibule providers test NAME`

use anyhow::bail;
use serde_json::Map;

use super::Format;
use super::add::check;
use super::edit::existing;
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
