//! Work on a timer: changes by other nodes, waiting log entries, mail, what has expired.

mod connection_checks;
mod logout_notices;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::domain::limits;
use crate::flows::hub::Hub;
use crate::flows::{diagnoses, keys, letters, sweep, verified_domains};

/// The running timers.
pub struct Jobs {
    stopping: watch::Sender<bool>,
    running: Vec<JoinHandle<()>>,
}

impl Jobs {
    pub fn start(hub: Arc<Hub>) -> Self {
        let (stopping, stop) = watch::channel(false);
        let changes = Duration::from_millis(limits::CHANGE_POLL_MILLIS);
        let clean_up = Duration::from_secs(limits::CLEANUP_INTERVAL_SECONDS);
        let rotation = Duration::from_secs(limits::KEY_ROTATION_CHECK_SECONDS);
        let domains = Duration::from_secs(limits::DOMAIN_CHECK_SECONDS);
        let states = Duration::from_secs(limits::STATES_COUNTED_SECONDS);
        let mail = Duration::from_secs(limits::MAIL_POLL_SECONDS);
        let mut running = vec![
            every(changes, Arc::clone(&hub), stop.clone(), notice_changes),
            every(Duration::from_secs(1), Arc::clone(&hub), stop.clone(), write_journal),
            every(clean_up, Arc::clone(&hub), stop.clone(), sweep),
            every(rotation, Arc::clone(&hub), stop.clone(), follow_keys),
            every(domains, Arc::clone(&hub), stop.clone(), check_domains),
            every(states, Arc::clone(&hub), stop.clone(), count_states),
            every(mail, Arc::clone(&hub), stop.clone(), send_mail),
            tokio::spawn(logout_notices::run(Arc::clone(&hub), stop.clone())),
        ];
        if hub.diagnoses.are_scheduled() {
            let first_checks = Duration::from_secs(limits::FIRST_CHECKS_POLL_SECONDS);
            running.push(every(first_checks, Arc::clone(&hub), stop.clone(), queue_first_checks));
            running.push(tokio::task::spawn_local(connection_checks::run(hub, stop)));
        }
        Self { stopping, running }
    }

    /// Stops the timers; what is under way ends first, so that no log entry is lost on its way.
    pub async fn stop(self) {
        self.stopping.send_replace(true);
        for job in self.running {
            // A job that panicked has nothing left to end.
            let _ = job.await;
        }
    }
}

fn every<F>(
    period: Duration,
    hub: Arc<Hub>,
    mut stop: watch::Receiver<bool>,
    work: fn(Arc<Hub>) -> F,
) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        let mut timer = interval(period);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                // Also when whoever holds the other end is gone.
                _ = stop.changed() => return,
                _ = timer.tick() => work(Arc::clone(&hub)).await,
            }
        }
    })
}

async fn notice_changes(hub: Arc<Hub>) {
    match hub.directory.notice_changes().await {
        Ok(revisions) => report(
            hub.keys.notice(&hub.store, revisions.signing_keys).await,
            "the signing keys cannot be read",
        ),
        Err(error) => report(Err(error), "changes by other nodes cannot be seen"),
    }
    report(hub.directory.index_realms().await, "the domains of connections cannot be read");
}

async fn write_journal(hub: Arc<Hub>) {
    let outcome = hub.journal.flush(&hub.store, hub.clock.now(), &hub.random).await;
    report(outcome, "log entries cannot be written");
}

async fn sweep(hub: Arc<Hub>) {
    report(sweep::sweep(&hub).await, "expired records cannot be removed");
}

async fn follow_keys(hub: Arc<Hub>) {
    report(keys::rotate_if_due(&hub).await.map(drop), "the signing keys cannot be rotated");
    report(keys::remove_expired(&hub).await, "expired signing keys cannot be removed");
}

async fn check_domains(hub: Arc<Hub>) {
    report(verified_domains::check_due(&hub).await, "verified domains cannot be looked at again");
}

async fn count_states(hub: Arc<Hub>) {
    report(diagnoses::count_states(&hub).await, "the states of connections cannot be counted");
}

async fn send_mail(hub: Arc<Hub>) {
    report(letters::send_due(&hub).await.map(drop), "mail that is due cannot be read or written off");
}

async fn queue_first_checks(hub: Arc<Hub>) {
    report(diagnoses::queue_first_checks(&hub).await, "first checks of connections cannot be queued");
}

fn report<E: std::fmt::Display>(outcome: Result<(), E>, what: &'static str) {
    if let Err(error) = outcome {
        tracing::warn!(%error, what);
    }
}
