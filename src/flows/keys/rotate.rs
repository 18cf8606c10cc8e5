//! What a timer does with the keys: rotation on schedule, and the end of keys that nothing needs any more.

use super::{KeyError, change};
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::clock::Timestamp;
use crate::domain::key_plan;
use crate::flows::hub::Hub;

/// Rotates the keys that have signed long enough; whether this call did. Of several nodes one does.
///
/// # Errors
/// [`KeyError`]; the next call tries again.
pub async fn rotate_if_due(hub: &Hub) -> Result<bool, KeyError> {
    let Some(period) = hub.keys.rotation_seconds() else { return Ok(false) };
    let now = hub.clock.now();
    if key_plan::due(&hub.keys.records(), period, now).is_empty() {
        return Ok(false);
    }
    let suffix = hub.random.alphanumeric(12);
    let words = "Rotate the signing keys on schedule";
    let entry = LogEntry::new(now, &suffix, LogType::ManagementWrite, words, &Origin::default());
    let is_rotated = change::rotate_due(&hub.store, period, now, entry).await?;
    hub.keys.load(&hub.store).await?;
    Ok(is_rotated)
}

/// Removes keys whose last token has expired.
///
/// # Errors
/// [`KeyError`]; the next call tries again.
pub async fn remove_expired(hub: &Hub) -> Result<(), KeyError> {
    let now = hub.clock.now();
    let is_over = |expires_at: Option<Timestamp>| expires_at.is_some_and(|expires_at| expires_at <= now);
    if hub.keys.records().iter().any(|record| is_over(record.expires_at)) {
        hub.store.write(move |tx| tx.remove_expired_signing_keys(now)).await?;
        hub.keys.load(&hub.store).await?;
    }
    Ok(())
}
