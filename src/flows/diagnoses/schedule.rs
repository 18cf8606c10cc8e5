//! Connections are checked by themselves: soon after they are saved, and every few hours from then on.

use super::{Diagnoses, examine, keep};
use crate::crypto::random::Random;
use crate::domain::clock::Timestamp;
use crate::domain::connection::Strategy;
use crate::domain::diagnosis::State;
use crate::domain::limits;
use crate::flows::hub::Hub;
use crate::store::StoreError;

/// Takes at most `limit` enabled connections that are due; no other node gets them for the length of the lease.
///
/// # Errors
/// [`StoreError`].
pub async fn take_due(hub: &Hub, limit: usize) -> Result<Vec<String>, StoreError> {
    let now = hub.clock.now();
    for id in hub.diagnoses.noticed() {
        hub.store.write(move |tx| tx.queue_check(&id, now)).await?;
    }
    // A reader that finds nothing keeps no writer waiting.
    if !hub.store.read(move |tx| tx.is_check_due(now)).await? {
        return Ok(Vec::new());
    }
    let lease_end = now.plus_seconds(limits::CONNECTION_CHECK_LEASE_SECONDS);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    hub.store.write(move |tx| tx.take_due_checks(now, lease_end, limit)).await
}

/// Checks a connection that was taken. One that is saved again and again waits for its allowance.
///
/// # Errors
/// [`StoreError`]; it is due again when the lease ends.
pub async fn check_due(hub: &Hub, connection_id: &str) -> Result<(), StoreError> {
    let id = connection_id.to_owned();
    let Some(connection) = hub.store.read(move |tx| tx.find_connection(&id)).await? else { return Ok(()) };
    if connection.strategy == Strategy::Local {
        return Ok(());
    }
    if !hub.diagnoses.limit.admits(&connection.id) {
        let wait = i64::try_from(limits::DIAGNOSIS_REFILL_SECONDS).unwrap_or(i64::MAX);
        let due_at = hub.clock.now().plus_seconds(wait);
        return hub.store.write(move |tx| tx.queue_check(&connection.id, due_at)).await;
    }
    let keys = hub.directory.keys_to_sign(&connection).await?;
    let (diagnosis, evidence) = examine(hub, (&connection).into(), &keys).await?;
    keep::keep(hub, &connection, &diagnosis, &evidence).await
}

/// Queues the first check of connections that none is queued for: those that were saved before there were checks, or by
/// an older node. They are spread over a while.
///
/// # Errors
/// [`StoreError`]; the next round goes on.
pub async fn queue_first_checks(hub: &Hub) -> Result<(), StoreError> {
    let limit = limits::FIRST_CHECKS_QUEUED_AT_ONCE;
    loop {
        let ids = hub.store.read(move |tx| tx.connections_without_check(limit)).await?;
        if ids.is_empty() {
            return Ok(());
        }
        let now = hub.clock.now();
        let due: Vec<(String, Timestamp)> = ids
            .into_iter()
            .map(|id| (id, now.plus_seconds(drawn(&hub.random, limits::FIRST_CHECKS_SECONDS))))
            .collect();
        hub.store
            .write(move |tx| {
                for (id, due_at) in &due {
                    tx.queue_check(id, *due_at)?;
                }
                Ok::<_, StoreError>(())
            })
            .await?;
    }
}

/// Tells the metrics how many connections are in each state.
///
/// # Errors
/// [`StoreError`].
pub async fn count_states(hub: &Hub) -> Result<(), StoreError> {
    let counts = hub.store.read(|tx| tx.count_states()).await?;
    for state in State::ALL {
        let count = counts.iter().find(|(counted, _)| *counted == state).map_or(0, |(_, count)| *count);
        hub.metrics.connections(state.name(), count);
    }
    Ok(())
}

impl Diagnoses {
    /// When a connection that has just been found broken is looked at again, before anybody hears of it by mail.
    pub(super) fn recheck(&self, now: Timestamp) -> Option<Timestamp> {
        self.are_scheduled().then(|| now.plus_seconds(limits::BROKEN_CHECKED_AGAIN_SECONDS))
    }

    /// When a connection that was checked at `now` is checked again: at no fixed time, so that what was saved together
    /// drifts apart.
    pub(super) fn next_check(&self, now: Timestamp, random: &Random) -> Timestamp {
        let interval = self.interval_seconds.unwrap_or(i64::from(u32::MAX));
        let jitter = interval / 100 * limits::CONNECTION_CHECK_JITTER_PERCENT;
        now.plus_seconds(interval - jitter + drawn(random, 2 * jitter))
    }
}

/// A number of seconds from 0 to `most`, drawn.
fn drawn(random: &Random, most: i64) -> i64 {
    i64::from(u32::from_le_bytes(random.bytes())) % most.saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Clock;

    #[test]
    fn what_is_checked_together_is_not_checked_together_again() {
        let interval = 6 * 3_600;
        let diagnoses = Diagnoses::new(Some(interval), &Clock::default());
        let (now, random) = (Timestamp::from_seconds(1_800_000_000), Random::default());
        let mut due: Vec<i64> =
            (0..1_000).map(|_| diagnoses.next_check(now, &random).seconds() - now.seconds()).collect();
        due.sort_unstable();
        let jitter = interval * limits::CONNECTION_CHECK_JITTER_PERCENT / 100;
        assert!(due.first() >= Some(&(interval - jitter)) && due.last() <= Some(&(interval + jitter)));
        due.dedup();
        assert!(due.len() > 500, "{} of 1000 are at a moment of their own", due.len());
    }
}
