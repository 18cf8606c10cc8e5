//! What strangers cause is logged without letting them write: entries wait in a bounded queue and are
//! written by a timer, a limited number per second; the rest is counted.
//!
//! What a proven person or an administrator does is written in that action's own transaction instead.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::crypto::random::Random;
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::store::{Store, StoreError};

#[derive(Default)]
pub struct Journal {
    pending: Mutex<Pending>,
    /// Held while a batch is being written.
    flushing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Pending {
    entries: VecDeque<LogEntry>,
    /// Failures beyond the queue, since the last flush.
    uncounted: u64,
}

impl Journal {
    /// Notes an entry for the next flush, and in the server's own log at once.
    pub fn note(&self, entry: LogEntry) {
        trace(&entry);
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.entries.len() < limits::PENDING_LOG_ENTRIES {
            pending.entries.push_back(entry);
        } else {
            pending.uncounted += 1;
        }
    }

    /// Writes what waits, up to the limit of one flush. One flush at a time: when this returns, what another
    /// one had under way is written too.
    ///
    /// # Errors
    /// [`StoreError`]; the entries stay in the queue.
    pub async fn flush(&self, store: &Store, now: Timestamp, random: &Random) -> Result<(), StoreError> {
        let _one_at_a_time = self.flushing.lock().await;
        let (mut batch, uncounted) = {
            let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            let count = pending.entries.len().min(limits::STRANGER_LOG_ENTRIES_PER_FLUSH);
            let mut batch: Vec<LogEntry> = pending.entries.drain(..count).collect();
            let uncounted = std::mem::take(&mut pending.uncounted);
            if uncounted > 0 {
                batch.push(LogEntry::new(
                    now,
                    &random.alphanumeric(12),
                    LogType::LoginFailed,
                    format!("{uncounted} further failures came too fast to be logged one by one"),
                    &Origin::default(),
                ));
            }
            (batch, uncounted)
        };
        if batch.is_empty() {
            return Ok(());
        }
        let entries = batch.clone();
        let outcome = store.write(move |tx| tx.add_log_entries(&entries)).await;
        if outcome.is_err() {
            if uncounted > 0 {
                batch.pop();
            }
            let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            pending.uncounted += uncounted;
            for entry in batch.into_iter().rev() {
                pending.entries.push_front(entry);
            }
        }
        outcome
    }
}

/// Writes an entry to the server's own log too.
pub fn trace(entry: &LogEntry) {
    tracing::info!(
        r#type = entry.log_type,
        request_id = entry.request_id,
        client_id = entry.client_id,
        connection = entry.connection,
        user_id = entry.user_id,
        ip = entry.ip,
        "{}",
        entry.description
    );
}
