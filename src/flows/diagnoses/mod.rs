//! What is wrong with a connection's provider: asked anew when a connection is saved, on schedule and on request, told
//! again for a while. Nobody can turn this hub against a provider by asking.

mod keep;
mod schedule;
mod status;

use std::sync::{Arc, PoisonError};

use moka::sync::Cache;
use tokio::sync::{Mutex, Notify, Semaphore};

pub use schedule::{check_due, count_states, queue_first_checks, take_due};
pub use status::{check_again, last_known, status};

use super::hub::Hub;
use super::rate_limit::RateLimit;
use crate::domain::clock::Clock;
use crate::domain::connection::{Connection, ConnectionKeys, Strategy};
use crate::domain::diagnosis::{Diagnosis, Evidence};
use crate::domain::limits;
use crate::store::StoreError;
use crate::upstream::OurSide;

/// Why there is no diagnosis.
#[derive(Debug, thiserror::Error)]
pub enum NotDiagnosed {
    #[error("asked too often")]
    TooOften,
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub struct Diagnoses {
    /// Between two checks on schedule; `None`: there are none.
    interval_seconds: Option<i64>,
    limit: RateLimit,
    at_once: Semaphore,
    /// By connection id; held while somebody asks, so that others wait for the answer.
    asking: Cache<String, Arc<Mutex<()>>>,
    /// By connection id, the hash of the metadata that a login came upon and that wait; and those not yet queued.
    seen: Cache<String, String>,
    to_queue: std::sync::Mutex<Vec<String>>,
    bell: Notify,
}

impl Diagnoses {
    pub fn new(interval_seconds: Option<i64>, clock: &Clock) -> Self {
        Self {
            interval_seconds,
            limit: RateLimit::new(limits::DIAGNOSES_BURST, limits::DIAGNOSIS_REFILL_SECONDS, clock),
            at_once: Semaphore::new(limits::DIAGNOSES_AT_ONCE),
            asking: Cache::new(limits::CACHED_PROVIDERS),
            seen: Cache::new(limits::CACHED_PROVIDERS),
            to_queue: std::sync::Mutex::default(),
            bell: Notify::new(),
        }
    }

    /// Whether connections are checked without anybody asking.
    pub const fn are_scheduled(&self) -> bool {
        self.interval_seconds.is_some()
    }

    /// After a transaction that queued a check: it is made now.
    pub fn wake(&self) {
        self.bell.notify_one();
    }

    /// A login came upon metadata with this hash, which are held back: an administrator should not learn of it hours
    /// later. Each document counts once, so that logins cause no more than one check.
    pub fn notice(&self, connection_id: &str, sha256: &str) {
        let is_known = self.seen.get(connection_id).is_some_and(|seen| seen == sha256);
        if is_known || !self.are_scheduled() {
            return;
        }
        self.seen.insert(connection_id.to_owned(), sha256.to_owned());
        self.to_queue.lock().unwrap_or_else(PoisonError::into_inner).push(connection_id.to_owned());
        self.wake();
    }

    fn noticed(&self) -> Vec<String> {
        std::mem::take(&mut *self.to_queue.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for [`Diagnoses::wake`]; one that came since the last wait counts.
    pub async fn woken(&self) {
        self.bell.notified().await;
    }

    /// Forgets who may ask at will again; keeps memory bounded.
    pub fn forget_idle(&self) {
        self.limit.forget_idle();
    }
}

/// The diagnosis of a connection that may not be stored, and what it stands on. `keys` are the connection's own; `whose`
/// allowance it takes is a client id, or what stands for one.
///
/// # Errors
/// [`NotDiagnosed::TooOften`].
pub async fn diagnose(
    hub: &Hub,
    connection: &Connection,
    keys: &ConnectionKeys,
    whose: &str,
) -> Result<(Diagnosis, Option<Evidence>), NotDiagnosed> {
    if connection.strategy == Strategy::Local {
        return Ok((Diagnosis::without_provider(hub.clock.now()), None));
    }
    if !hub.diagnoses.limit.admits(whose) {
        return Err(NotDiagnosed::TooOften);
    }
    let _place = hub.diagnoses.at_once.acquire().await;
    let evidence = examine(hub, connection, keys).await?;
    Ok((Diagnosis::of(&connection.options, &evidence), Some(evidence)))
}

async fn examine(hub: &Hub, connection: &Connection, keys: &ConnectionKeys) -> Result<Evidence, StoreError> {
    let adopted = hub.directory.adopted_metadata(connection).await?;
    let ours = OurSide { keys, random: &hub.random, adopted: adopted.as_ref(), network: None };
    Ok(hub.upstream.examine(connection, &hub.callback_url(), ours, &hub.clock).await)
}
