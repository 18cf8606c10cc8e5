//! What strangers cause is logged without letting them write: entries wait in a bounded queue and are
//! written by a timer, so many and so many bytes at a time; the rest is counted.
//!
//! What a proven person or an administrator does is written in that action's own transaction instead.

mod budget;
mod queue;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::budget::Budget;
use self::queue::{Missed, Queue};
use super::hub::Hub;
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
    queue: Queue,
    budget: Budget,
    /// Failures that are not logged one by one, since they were last told.
    missed: Missed,
    told_at: Option<Timestamp>,
}

impl Journal {
    /// Notes an entry for the next flush, and in the server's own log at once. One that finds no room is counted, and
    /// nothing else.
    pub fn note(&self, entry: LogEntry) {
        let noted = entry.clone();
        let waits = {
            let mut pending = self.pending();
            let (waits, missed) = pending.queue.push(entry);
            pending.missed.add(missed);
            waits
        };
        if waits {
            trace(&noted);
        }
    }

    /// Writes what waits, up to the limits of one flush. One flush at a time: when this returns, what another
    /// one had under way is written too. What the database refuses is counted, and does not come again.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot write now; the entries stay in the queue.
    pub async fn flush(&self, store: &Store, now: Timestamp, random: &Random) -> Result<(), StoreError> {
        let _one_at_a_time = self.flushing.lock().await;
        let mut batch = self.take(now, random);
        while let Some(part) = batch.parts.last().cloned() {
            let entries = Arc::clone(&part);
            match store.write(move |tx| tx.add_log_entries(&entries)).await {
                Ok(()) => drop(batch.parts.pop()),
                Err(error) if error.is_refusal() => {
                    batch.parts.pop();
                    batch.divide(&part, &error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes what waits for somebody who reads the log next. What cannot be written, or not soon, is theirs to read
    /// later: they read what is stored.
    pub async fn flush_for_reader(&self, hub: &Hub) {
        let longest = Duration::from_millis(limits::LOG_READER_WAIT_MILLIS);
        let flush = self.flush(&hub.store, hub.clock.now(), &hub.random);
        match tokio::time::timeout(longest, flush).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the newest log entries could not be written"),
            Err(_) => tracing::warn!("the newest log entries are still being written"),
        }
    }

    fn take(&self, now: Timestamp, random: &Random) -> Batch<'_> {
        let mut pending = self.pending();
        let left = pending.budget.left(now);
        let mut entries = pending.queue.take(limits::STRANGER_LOG_ENTRIES_PER_FLUSH, left);
        if entries.len() < limits::STRANGER_LOG_ENTRIES_PER_FLUSH {
            // What is left there is nothing to pay for with.
            let patience = now.plus_seconds(-limits::STRANGER_LOG_WAIT_SECONDS);
            pending.missed.over_budget += pending.queue.drop_before(patience);
        }
        let is_due = pending
            .told_at
            .is_none_or(|at| now >= at.plus_seconds(limits::COUNTED_LOG_ENTRIES_TOLD_SECONDS) || now < at);
        let mut told = None;
        if pending.missed.total() > 0 && is_due {
            let missed = std::mem::take(&mut pending.missed);
            pending.told_at = Some(now);
            let entry = count(&missed, now, random);
            told = Some((entry.log_id.clone(), missed));
            entries.push(entry);
        }
        pending.budget.spend(bytes(&entries));
        let parts = if entries.is_empty() { Vec::new() } else { vec![Arc::new(entries)] };
        Batch { journal: self, parts, told }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Entries on their way into the database. Whatever of them has not arrived when this is dropped waits again, for instance
/// because whoever read the log has gone.
struct Batch<'j> {
    journal: &'j Journal,
    parts: Vec<Arc<Vec<LogEntry>>>,
    /// The entry that tells what was counted, by its id.
    told: Option<(String, Missed)>,
}

impl Batch<'_> {
    /// Looks for the entry that made the database refuse `part`: each half is tried alone, and what is refused alone is
    /// dropped.
    fn divide(&mut self, part: &[LogEntry], error: &StoreError) {
        if let [entry] = part {
            // Written by a flush that nobody waited for.
            if matches!(error, StoreError::Conflict { .. }) {
                return;
            }
            tracing::warn!(%error, log_id = entry.log_id, r#type = entry.log_type, "a log entry was refused and dropped");
            let mut pending = self.journal.pending();
            pending.budget.give_back(entry.bytes());
            match self.told.take_if(|(id, _)| *id == entry.log_id) {
                Some((_, missed)) => pending.missed.add(missed),
                None => pending.missed.refused += 1,
            }
            return;
        }
        let (one, other) = part.split_at(part.len() / 2);
        self.parts.extend([one, other].map(|half| Arc::new(half.to_vec())));
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let parts = std::mem::take(&mut self.parts);
        if parts.is_empty() {
            return;
        }
        let mut left: Vec<LogEntry> = parts.iter().flat_map(|part| part.iter().cloned()).collect();
        let mut pending = self.journal.pending();
        pending.budget.give_back(bytes(&left));
        if let Some((id, missed)) = self.told.take()
            && left.iter().any(|entry| entry.log_id == id)
        {
            left.retain(|entry| entry.log_id != id);
            pending.missed.add(missed);
            pending.told_at = None;
        }
        let missed = pending.queue.put_back(left.into_iter());
        pending.missed.add(missed);
    }
}

fn bytes(entries: &[LogEntry]) -> usize {
    entries.iter().map(LogEntry::bytes).sum()
}

/// The entry that tells how many were not logged one by one, and why.
fn count(missed: &Missed, now: Timestamp, random: &Random) -> LogEntry {
    let words = format!("{} further failures came too fast to be logged one by one", missed.total());
    let mut entry =
        LogEntry::new(now, &random.alphanumeric(12), LogType::LoginFailed, words, &Origin::default());
    for (reason, count) in missed.by_reason() {
        entry.details.insert(reason.into(), count.into());
    }
    trace(&entry);
    entry
}

/// Writes an entry to the server's own log too.
pub fn trace(entry: &LogEntry) {
    tracing::info!(
        r#type = entry.log_type,
        request_id = entry.request_id.as_str(),
        client_id = entry.client_id.as_deref(),
        connection = entry.connection.as_deref(),
        user_id = entry.user_id.as_deref(),
        ip = entry.ip.as_str(),
        "{}",
        entry.description
    );
}
