//! What is wrong with a connection's provider, asked anew and told again for a while: nobody can turn this hub against a
//! provider by asking.

use std::sync::Arc;

use moka::sync::Cache;
use tokio::sync::{Mutex, Semaphore};

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

/// The version of the connection, and what was found then; held while somebody asks, so that others wait for the answer.
type Last = Arc<Mutex<Option<(i64, Arc<Diagnosis>)>>>;

pub struct Diagnoses {
    limit: RateLimit,
    at_once: Semaphore,
    /// By connection id.
    last: Cache<String, Last>,
}

impl Diagnoses {
    pub fn new(clock: &Clock) -> Self {
        Self {
            limit: RateLimit::new(limits::DIAGNOSES_BURST, limits::DIAGNOSIS_REFILL_SECONDS, clock),
            at_once: Semaphore::new(limits::DIAGNOSES_AT_ONCE),
            last: Cache::new(limits::CACHED_PROVIDERS),
        }
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
    let ours = OurSide { keys, random: &hub.random };
    let evidence = hub.upstream.examine(connection, &hub.callback_url(), ours, &hub.clock).await;
    Ok((Diagnosis::of(&connection.options, &evidence), Some(evidence)))
}

/// The diagnosis of a stored connection: the last one for [`limits::DIAGNOSIS_SECONDS`], unless the connection was
/// changed meanwhile.
///
/// # Errors
/// [`NotDiagnosed::TooOften`], where the connection is changed, or the asking given up, again and again.
pub async fn status(hub: &Hub, connection: &Connection) -> Result<Arc<Diagnosis>, NotDiagnosed> {
    let last = hub.diagnoses.last.get_with_by_ref(&connection.id, Last::default);
    let mut last = last.lock().await;
    let age = |diagnosis: &Diagnosis| hub.clock.now().seconds() - diagnosis.checked_at.seconds();
    if let Some((version, diagnosis)) = last.as_ref()
        && *version == connection.version
        && (0..limits::DIAGNOSIS_SECONDS).contains(&age(diagnosis))
    {
        return Ok(Arc::clone(diagnosis));
    }
    let keys = hub.directory.keys_to_sign(connection).await?;
    let (diagnosis, _) = diagnose(hub, connection, &keys, &connection.id).await?;
    let diagnosis = Arc::new(diagnosis);
    *last = Some((connection.version, Arc::clone(&diagnosis)));
    Ok(diagnosis)
}
