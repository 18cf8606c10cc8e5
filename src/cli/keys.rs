//! `vestibule keys list|rotate|revoke`: the signing keys, in the database that the settings name.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Format, hubs_database, print};
use crate::app;
use crate::config::Config;
use crate::crypto::random::Random;
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::clock::Clock;
use crate::domain::signing_key::KeyRecord;
use crate::domain::signing_key_json::{algorithms, signing_key_json};
use crate::flows::keys::{self, KeyError, KeyRing};

/// What to do before the keys are listed.
#[derive(Clone, Debug)]
pub(super) enum Action {
    List,
    Rotate,
    /// The key's id.
    Revoke(String),
}

/// Does it, and prints every key as it is then.
///
/// # Errors
/// No database to work on, or it refuses; a key that is not there.
pub(super) fn run(action: Action, format: Format) -> anyhow::Result<()> {
    let config = hubs_database::settings()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    print(&runtime.block_on(act(&config, action, format)).map_err(explain)?)
}

async fn act(config: &Config, action: Action, format: Format) -> anyhow::Result<String> {
    let random = Random::default();
    let store = app::open_store(config, &random)?;
    let now = Clock::default().now();
    let entry = |words: &str| {
        let origin = Origin { user_agent: "vestibule keys".into(), ..Origin::default() };
        LogEntry::new(now, &random.alphanumeric(12), LogType::ManagementWrite, words, &origin)
    };
    match action {
        Action::List => {}
        Action::Rotate => {
            keys::rotate(&store, now, entry("Rotate the signing keys on the command line")).await?;
        }
        Action::Revoke(key_id) => {
            let entry = entry("Revoke a signing key on the command line");
            keys::revoke(&store, &key_id, now, entry).await?;
        }
    }
    let ring = KeyRing::default();
    ring.load(&store).await?;
    Ok(match format {
        Format::Text => text(&ring.records())?,
        Format::Json => format!("{:#}\n", json(&ring)),
    })
}

/// The error with what to do where that is not obvious.
fn explain(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<KeyError>() {
        Some(KeyError::Store(_)) => {
            error.context("if the database is older than this program, run `vestibule migrate` first")
        }
        Some(KeyError::Refused(_) | KeyError::Signing(_)) | None => error,
    }
}

fn text(records: &[KeyRecord]) -> Result<String, std::fmt::Error> {
    let mut table = String::new();
    let width = records.iter().map(|record| record.key_id.len()).max().unwrap_or_default().max("KID".len());
    writeln!(table, "{:width$}  {:13}  {:8}  SINCE", "KID", "ALGORITHMS", "STATUS")?;
    for record in records {
        let since = record.revoked_at.or(record.current_until).or(record.current_since);
        writeln!(
            table,
            "{:width$}  {:13}  {:8}  {}",
            record.key_id,
            algorithms(record.key_type).join(", "),
            record.status.name(),
            since.unwrap_or(record.created_at).iso8601(),
        )?;
    }
    Ok(table)
}

fn json(ring: &KeyRing) -> Value {
    let keys = ring.current();
    ring.records().iter().map(|record| signing_key_json(record, keys.public_jwk(&record.key_id))).collect()
}
