//! The keys are changed: one transaction together with its log entry, made by one of several nodes that try.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::KeyError;
use crate::crypto::signing::{KeyType, SigningError, SigningKey};
use crate::domain::audit::LogEntry;
use crate::domain::clock::Timestamp;
use crate::domain::key_plan::{self, KeyRefusal, KeyStep};
use crate::domain::limits;
use crate::domain::secret::Secret;
use crate::domain::signing_key::{KeyRecord, KeyStatus, StoredSigningKey};
use crate::flows::journal;
use crate::store::{Store, StoreError, Tx};

/// How often a change that lost against a simultaneous one is planned anew.
const ATTEMPTS: usize = 4;

/// A step with the key that it needs.
#[derive(Clone)]
enum Made {
    Step(KeyStep),
    Add(StoredSigningKey),
}

/// Why a change was not made.
enum NotMade {
    /// The keys are no longer what the plan was made for.
    Overtaken,
    Store(StoreError),
}

impl From<StoreError> for NotMade {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Makes the current and next keys that are missing; a whole set stays untouched.
///
/// # Errors
/// [`KeyError`].
pub async fn complete(store: &Store, now: Timestamp) -> Result<(), KeyError> {
    let plan = |records: &[KeyRecord]| Ok(key_plan::completion(records));
    change(store, now, None, plan).await.map(drop)
}

/// The next keys become current. Of several who rotate at the same time one does; whether it was this call.
///
/// # Errors
/// [`KeyError`]; [`KeyRefusal::TooMany`] if too many earlier keys are still published.
pub async fn rotate(store: &Store, now: Timestamp, entry: LogEntry) -> Result<bool, KeyError> {
    let mut first_seen = None;
    let plan = |records: &[KeyRecord]| {
        let current = current_ids(records);
        if first_seen.get_or_insert_with(|| current.clone()) != &current {
            // Somebody else has rotated meanwhile, which is what was wanted.
            return Ok(Vec::new());
        }
        key_plan::rotation(records, &KeyType::ALL)
    };
    change(store, now, Some(entry), plan).await
}

/// As [`rotate`], those keys alone that have signed for `period_seconds`: however many nodes find that a rotation
/// is due, there is one.
///
/// # Errors
/// As [`rotate`].
pub async fn rotate_due(
    store: &Store,
    period_seconds: i64,
    now: Timestamp,
    entry: LogEntry,
) -> Result<bool, KeyError> {
    let plan =
        |records: &[KeyRecord]| key_plan::rotation(records, &key_plan::due(records, period_seconds, now));
    change(store, now, Some(entry), plan).await
}

fn current_ids(records: &[KeyRecord]) -> Vec<String> {
    let current = records.iter().filter(|record| record.status == KeyStatus::Current);
    current.map(|record| record.key_id.clone()).collect()
}

/// The key leaves the key set, for good; tokens it signed are refused from now on. Whether it was this call
/// that revoked it.
///
/// # Errors
/// [`KeyError`]; [`KeyRefusal::Unknown`] without such a key.
pub async fn revoke(store: &Store, key_id: &str, now: Timestamp, entry: LogEntry) -> Result<bool, KeyError> {
    change(store, now, Some(entry), |records| key_plan::revocation(records, key_id)).await
}

/// Makes what `plan` wants of the keys there are; whether it wanted anything.
async fn change(
    store: &Store,
    now: Timestamp,
    entry: Option<LogEntry>,
    mut plan: impl FnMut(&[KeyRecord]) -> Result<Vec<KeyStep>, KeyRefusal>,
) -> Result<bool, KeyError> {
    for _ in 0..ATTEMPTS {
        let stored = store.read(|tx| tx.list_signing_keys()).await?;
        let records: Vec<KeyRecord> = stored.into_iter().map(|key| key.record).collect();
        let steps = plan(&records)?;
        if steps.is_empty() {
            return Ok(false);
        }
        let made = make_keys(steps, now).await?;
        let entry = entry.clone().map(|entry| naming(entry, &made));
        let logged = entry.clone();
        let outcome = store
            .write(move |tx| {
                for step in &made {
                    take(tx, step, now)?;
                }
                Ok(tx.add_log_entries(logged.as_slice())?)
            })
            .await;
        match outcome {
            Ok(()) => {
                if let Some(entry) = &entry {
                    journal::trace(entry);
                }
                return Ok(true);
            }
            Err(NotMade::Overtaken) => {}
            Err(NotMade::Store(error)) => return Err(error.into()),
        }
    }
    Err(StoreError::Contended.into())
}

/// Makes the new keys, on a thread that may take its time.
async fn make_keys(steps: Vec<KeyStep>, now: Timestamp) -> Result<Vec<Made>, KeyError> {
    let make = move || steps.into_iter().map(|step| make_key(step, now)).collect::<Result<Vec<_>, _>>();
    let made = tokio::task::spawn_blocking(make).await.unwrap_or(Err(SigningError::Generate))?;
    Ok(made)
}

fn make_key(step: KeyStep, now: Timestamp) -> Result<Made, SigningError> {
    match step {
        KeyStep::Add { key_type, status } => new_key(key_type, status, now).map(Made::Add),
        step @ (KeyStep::Retire { .. } | KeyStep::Promote { .. } | KeyStep::Revoke { .. }) => {
            Ok(Made::Step(step))
        }
    }
}

/// A new key, as it is stored.
///
/// # Errors
/// [`SigningError`].
pub fn new_key(
    key_type: KeyType,
    status: KeyStatus,
    now: Timestamp,
) -> Result<StoredSigningKey, SigningError> {
    let pkcs8 = SigningKey::generate_pkcs8(key_type)?;
    let key_id = SigningKey::from_pkcs8(key_type, &pkcs8)?.key_id;
    Ok(StoredSigningKey {
        record: KeyRecord::new(key_id, key_type, status, now),
        private_key: Secret::new(STANDARD.encode(pkcs8)),
    })
}

fn take(tx: &mut Tx<'_>, step: &Made, now: Timestamp) -> Result<(), NotMade> {
    let expires_at = now.plus_seconds(limits::PREVIOUS_KEY_SECONDS);
    let is_made = match step {
        Made::Add(key) => tx.add_signing_key(key)?,
        Made::Step(KeyStep::Retire { key_id }) => tx.retire_signing_key(key_id, now, expires_at)?,
        Made::Step(KeyStep::Promote { key_id }) => tx.promote_signing_key(key_id, now)?,
        Made::Step(KeyStep::Revoke { key_id, was }) => {
            tx.revoke_signing_key(key_id, *was, now, expires_at)?
        }
        // Became a key when the keys were made.
        Made::Step(KeyStep::Add { .. }) => false,
    };
    if is_made { Ok(()) } else { Err(NotMade::Overtaken) }
}

/// The entry with what becomes of each key.
fn naming(mut entry: LogEntry, made: &[Made]) -> LogEntry {
    let became = |key_id: &str, status: KeyStatus| json!({"id": key_id, "status": status.name()});
    let keys: Vec<Value> = made
        .iter()
        .filter_map(|step| match step {
            Made::Add(key) => Some(became(&key.record.key_id, key.record.status)),
            Made::Step(KeyStep::Retire { key_id }) => Some(became(key_id, KeyStatus::Previous)),
            Made::Step(KeyStep::Promote { key_id }) => Some(became(key_id, KeyStatus::Current)),
            Made::Step(KeyStep::Revoke { key_id, .. }) => Some(became(key_id, KeyStatus::Revoked)),
            Made::Step(KeyStep::Add { .. }) => None,
        })
        .collect();
    entry.details.insert("changed".into(), json!({"resource": "signing_key", "keys": keys}));
    entry
}
