//! Back-channel logout: notices leave as soon as they are due, several side by side, so that one slow application keeps
//! no other waiting.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::report;
use crate::domain::limits;
use crate::flows::hub::Hub;
use crate::flows::logout::{deliver_notice, take_due_notices};

/// Delivers until `stop`; deliveries under way end first.
pub(super) async fn run(hub: Arc<Hub>, mut stop: watch::Receiver<bool>) {
    let mut under_way = JoinSet::new();
    let mut timer = interval(Duration::from_millis(limits::LOGOUT_NOTICE_POLL_MILLIS));
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            // Also when whoever holds the other end is gone.
            _ = stop.changed() => break,
            () = hub.courier.woken() => {}
            _ = timer.tick() => {}
            Some(_) = under_way.join_next(), if !under_way.is_empty() => {}
        }
        let free = limits::LOGOUT_NOTICES_AT_ONCE.saturating_sub(under_way.len());
        if free == 0 {
            continue;
        }
        match take_due_notices(&hub, free).await {
            Ok(notices) => {
                for notice in notices {
                    let hub = Arc::clone(&hub);
                    under_way.spawn(async move {
                        report(deliver_notice(&hub, notice).await, "a logout notice cannot be written off");
                    });
                }
            }
            Err(error) => report(Err(error), "logout notices cannot be taken"),
        }
    }
    while under_way.join_next().await.is_some() {}
}
