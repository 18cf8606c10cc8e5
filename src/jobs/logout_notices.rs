//! Back-channel logout: notices leave as soon as they are due, several side by side and of each application only a few,
//! so that one slow application keeps no other waiting.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

use super::report;
use crate::domain::limits;
use crate::domain::logout::LogoutNotice;
use crate::flows::hub::Hub;
use crate::flows::logout::{deliver_notice, take_due_notices};

/// Delivers until `stop`; deliveries under way end first.
pub(super) async fn run(hub: Arc<Hub>, mut stop: watch::Receiver<bool>) {
    let mut under_way = UnderWay::default();
    let mut timer = interval(Duration::from_millis(limits::LOGOUT_NOTICE_POLL_MILLIS));
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            // Also when whoever holds the other end is gone.
            _ = stop.changed() => break,
            () = hub.courier.woken() => {}
            _ = timer.tick() => {}
            Some(()) = under_way.one_ends(), if !under_way.deliveries.is_empty() => {}
        }
        if under_way.deliveries.len() >= limits::LOGOUT_NOTICES_AT_ONCE {
            continue;
        }
        match take_due_notices(&hub, &under_way.by_client()).await {
            Ok(notices) => {
                for notice in notices {
                    under_way.begin(&hub, notice);
                }
            }
            Err(error) => report(Err(error), "logout notices cannot be taken"),
        }
    }
    while under_way.one_ends().await.is_some() {}
}

/// The deliveries that have not ended yet, and whose they are.
#[derive(Default)]
struct UnderWay {
    deliveries: JoinSet<()>,
    client_ids: HashMap<Id, String>,
}

impl UnderWay {
    fn begin(&mut self, hub: &Arc<Hub>, notice: LogoutNotice) {
        let (hub, client_id) = (Arc::clone(hub), notice.client_id.clone());
        let delivery = self.deliveries.spawn(async move {
            report(deliver_notice(&hub, notice).await, "a logout notice cannot be written off");
        });
        self.client_ids.insert(delivery.id(), client_id);
    }

    /// Waits for the end of one; `None` if there is none.
    async fn one_ends(&mut self) -> Option<()> {
        let id = match self.deliveries.join_next_with_id().await? {
            Ok((id, ())) => id,
            Err(error) => error.id(),
        };
        self.client_ids.remove(&id);
        Some(())
    }

    fn by_client(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::<String, usize>::new();
        for client_id in self.client_ids.values() {
            *counts.entry(client_id.clone()).or_default() += 1;
        }
        counts
    }
}
