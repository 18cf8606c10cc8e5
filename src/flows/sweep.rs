//! Removes what has expired, in batches that keep nobody waiting.

use crate::domain::limits;
use crate::flows::hub::Hub;
use crate::store::StoreError;

/// One round of clean-up.
///
/// # Errors
/// [`StoreError`]; the next round goes on.
pub async fn sweep(hub: &Hub) -> Result<(), StoreError> {
    let now = hub.clock.now();
    hub.client_fetches.forget_idle();
    hub.diagnoses.forget_idle();
    loop {
        let batch = limits::CLEANUP_BATCH;
        let expired = hub.store.write(move |tx| tx.remove_expired(now, batch)).await?;
        if !expired.may_leave_more(batch) {
            break;
        }
    }
    let before = now.plus_seconds(-limits::LOG_RETENTION_SECONDS);
    loop {
        let batch = limits::CLEANUP_BATCH;
        let removed = hub.store.write(move |tx| tx.remove_old_logs(before, batch)).await?;
        if i64::try_from(removed).unwrap_or(i64::MAX) < batch {
            return Ok(());
        }
    }
}
