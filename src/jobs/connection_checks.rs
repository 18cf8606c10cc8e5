//! Connections are checked as they become due, several side by side, so that a provider that does not answer keeps no
//! other waiting.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::report;
use crate::domain::limits;
use crate::flows::diagnoses::{check_due, take_due};
use crate::flows::hub::Hub;

/// Checks until `stop`. What is under way then is dropped: another node takes it when its lease ends. A conversation
/// with a provider stays on the thread it began on, so this is spawned there.
pub(super) async fn run(hub: Arc<Hub>, mut stop: watch::Receiver<bool>) {
    let mut under_way = JoinSet::new();
    let mut timer = interval(Duration::from_millis(limits::CONNECTION_CHECK_POLL_MILLIS));
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            // Also when whoever holds the other end is gone.
            _ = stop.changed() => return,
            () = hub.diagnoses.woken() => {}
            _ = timer.tick() => {}
            Some(_) = under_way.join_next(), if !under_way.is_empty() => {}
        }
        let free = limits::CONNECTION_CHECKS_AT_ONCE.saturating_sub(under_way.len());
        if free == 0 {
            continue;
        }
        match take_due(&hub, free).await {
            Ok(ids) => {
                for id in ids {
                    let hub = Arc::clone(&hub);
                    under_way.spawn_local(async move {
                        report(check_due(&hub, &id).await, "a connection cannot be checked");
                    });
                }
            }
            Err(error) => report(Err(error), "connections that are due cannot be taken"),
        }
    }
}
