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
use crate::domain::connection::{CallbackPath, Connection, ConnectionKeys, RedirectUri, Strategy};
use crate::domain::diagnosis::{Diagnosis, Evidence};
use crate::domain::limits;
use crate::domain::provider_metadata::names_issuer_in_answers;
use crate::store::StoreError;
use crate::upstream::{OurSide, RedirectUris};

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

/// That somebody may have one provider asked.
pub struct Allowance(());

/// `whose` allowance is taken is a client id, or what stands for one.
///
/// # Errors
/// [`NotDiagnosed::TooOften`].
pub fn allowance(hub: &Hub, whose: &str) -> Result<Allowance, NotDiagnosed> {
    hub.diagnoses.limit.admits(whose).then_some(Allowance(())).ok_or(NotDiagnosed::TooOften)
}

/// A connection that may not be stored.
#[derive(Clone, Copy)]
pub struct Tried<'a> {
    pub connection: &'a Connection,
    /// What it would be if its provider turned out to promise that it names itself in its answers.
    pub if_promised: &'a Connection,
}

impl<'a> From<&'a Connection> for Tried<'a> {
    /// One that is as it is.
    fn from(connection: &'a Connection) -> Self {
        Self { connection, if_promised: connection }
    }
}

/// The diagnosis of what is `tried`, and what it stands on. `keys` are the connection's own.
///
/// # Errors
/// [`StoreError`].
pub async fn diagnose(
    hub: &Hub,
    tried: Tried<'_>,
    keys: &ConnectionKeys,
    _: Allowance,
) -> Result<(Diagnosis, Option<Evidence>), StoreError> {
    if tried.connection.strategy == Strategy::Local {
        return Ok((Diagnosis::without_provider(hub.clock.now()), None));
    }
    let _place = hub.diagnoses.at_once.acquire().await;
    let (diagnosis, evidence) = examine(hub, tried, keys).await?;
    Ok((diagnosis, Some(evidence)))
}

async fn examine(
    hub: &Hub,
    tried: Tried<'_>,
    keys: &ConnectionKeys,
) -> Result<(Diagnosis, Evidence), StoreError> {
    let Tried { connection, if_promised } = tried;
    let adopted = hub.directory.adopted_metadata(connection).await?;
    let ours = OurSide { keys, random: &hub.random, adopted: adopted.as_ref(), network: None };
    let redirect_uris = RedirectUris {
        if_promised: &hub.redirect_uri_of(if_promised),
        otherwise: &hub.redirect_uri_of(connection),
        own: &CallbackPath::of(&connection.name, RedirectUri::Connection).at(&hub.issuer),
    };
    let evidence = hub.upstream.examine(connection, redirect_uris, ours, &hub.clock).await;
    let is_promised = evidence.document().is_some_and(names_issuer_in_answers);
    let connection = if is_promised { if_promised } else { connection };
    Ok((Diagnosis::of(&connection.options, &evidence), evidence))
}
