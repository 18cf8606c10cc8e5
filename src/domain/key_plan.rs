//! How signing keys follow each other: next → current → previous, and out at once when one is revoked.

use super::clock::Timestamp;
use super::limits;
use super::signing_key::{KeyRecord, KeyStatus};
use crate::crypto::signing::KeyType;

/// One step of a change. A change is made whole or not at all, its steps in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyStep {
    /// The current key stops signing and stays published.
    Retire { key_id: String },
    /// The next key begins to sign.
    Promote { key_id: String },
    /// A key leaves the key set, and its private half the database.
    Revoke { key_id: String, was: KeyStatus },
    /// A new key is made.
    Add { key_type: KeyType, status: KeyStatus },
}

/// Why keys stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    #[error("there is no signing key {0:?}; list the keys to see their ids")]
    Unknown(String),
    #[error(
        "{limit} earlier {0} keys are still published, as long as tokens they signed may be in use: wait until one \
         of them expires, or revoke those that no token needs any more",
        limit = limits::PREVIOUS_KEYS_PER_TYPE
    )]
    TooMany(&'static str),
}

fn find(records: &[KeyRecord], key_type: KeyType, status: KeyStatus) -> Option<&KeyRecord> {
    records.iter().find(|record| record.key_type == key_type && record.status == status)
}

/// Makes the current and next keys that are missing.
pub fn completion(records: &[KeyRecord]) -> Vec<KeyStep> {
    let mut steps = Vec::new();
    for key_type in KeyType::ALL {
        for status in [KeyStatus::Current, KeyStatus::Next] {
            if find(records, key_type, status).is_none() {
                steps.push(KeyStep::Add { key_type, status });
            }
        }
    }
    steps
}

/// The next key of each of `key_types` becomes current, and gets a successor.
///
/// # Errors
/// [`KeyRefusal::TooMany`].
pub fn rotation(records: &[KeyRecord], key_types: &[KeyType]) -> Result<Vec<KeyStep>, KeyRefusal> {
    let mut steps = Vec::new();
    for &key_type in key_types {
        let previous = records
            .iter()
            .filter(|record| record.key_type == key_type && record.status == KeyStatus::Previous)
            .count();
        if previous >= limits::PREVIOUS_KEYS_PER_TYPE {
            return Err(KeyRefusal::TooMany(key_type.name()));
        }
        if let Some(current) = find(records, key_type, KeyStatus::Current) {
            steps.push(KeyStep::Retire { key_id: current.key_id.clone() });
        }
        succeed(records, key_type, &mut steps);
    }
    Ok(steps)
}

/// The key leaves the key set at once. A current key is followed by the next one, which is known everywhere
/// already; a next key is replaced.
///
/// # Errors
/// [`KeyRefusal::Unknown`].
pub fn revocation(records: &[KeyRecord], key_id: &str) -> Result<Vec<KeyStep>, KeyRefusal> {
    let Some(record) = records.iter().find(|record| record.key_id == key_id) else {
        return Err(KeyRefusal::Unknown(key_id.to_owned()));
    };
    let mut steps = Vec::new();
    if record.status != KeyStatus::Revoked {
        steps.push(KeyStep::Revoke { key_id: key_id.to_owned(), was: record.status });
    }
    match record.status {
        KeyStatus::Current => succeed(records, record.key_type, &mut steps),
        KeyStatus::Next => {
            steps.push(KeyStep::Add { key_type: record.key_type, status: KeyStatus::Next });
        }
        KeyStatus::Previous | KeyStatus::Revoked => {}
    }
    Ok(steps)
}

fn succeed(records: &[KeyRecord], key_type: KeyType, steps: &mut Vec<KeyStep>) {
    steps.push(match find(records, key_type, KeyStatus::Next) {
        Some(next) => KeyStep::Promote { key_id: next.key_id.clone() },
        None => KeyStep::Add { key_type, status: KeyStatus::Current },
    });
    steps.push(KeyStep::Add { key_type, status: KeyStatus::Next });
}

/// The types whose current key has signed for `period_seconds`, and whose next key applications have had time
/// to see.
pub fn due(records: &[KeyRecord], period_seconds: i64, now: Timestamp) -> Vec<KeyType> {
    let is_due = |key_type: &KeyType| {
        let current = find(records, *key_type, KeyStatus::Current);
        let next = find(records, *key_type, KeyStatus::Next);
        let (Some(current), Some(next)) = (current, next) else { return false };
        let since = current.current_since.unwrap_or(current.created_at);
        since.plus_seconds(period_seconds) <= now
            && next.created_at.plus_seconds(limits::NEXT_KEY_SECONDS) <= now
    };
    KeyType::ALL.into_iter().filter(is_due).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn record(key_id: &str, status: KeyStatus, age_seconds: i64) -> KeyRecord {
        KeyRecord::new(key_id.into(), KeyType::P256, status, NOW.plus_seconds(-age_seconds))
    }

    fn add(status: KeyStatus) -> KeyStep {
        KeyStep::Add { key_type: KeyType::P256, status }
    }

    fn promote(key_id: &str) -> KeyStep {
        KeyStep::Promote { key_id: key_id.into() }
    }

    #[test]
    fn every_type_gets_the_keys_it_lacks_and_no_others() {
        assert_eq!(completion(&[]).len(), 6);
        let whole: Vec<KeyRecord> = KeyType::ALL
            .into_iter()
            .flat_map(|key_type| {
                [KeyStatus::Current, KeyStatus::Next]
                    .map(|status| KeyRecord::new("key".into(), key_type, status, NOW))
            })
            .collect();
        assert_eq!(completion(&whole), []);
        for (position, missing) in whole.iter().enumerate() {
            let mut others = whole.clone();
            others.remove(position);
            others.push(KeyRecord { status: KeyStatus::Previous, ..missing.clone() });
            others.push(KeyRecord { status: KeyStatus::Revoked, ..missing.clone() });
            let step = KeyStep::Add { key_type: missing.key_type, status: missing.status };
            assert_eq!(completion(&others), [step]);
        }
    }

    #[test]
    fn a_rotation_moves_every_key_one_place_and_leaves_previous_ones() {
        let records = [
            record("old", KeyStatus::Previous, 9),
            record("current", KeyStatus::Current, 5),
            record("next", KeyStatus::Next, 1),
        ];
        assert_eq!(
            rotation(&records, &[KeyType::P256]).unwrap(),
            [KeyStep::Retire { key_id: "current".into() }, promote("next"), add(KeyStatus::Next)]
        );
        assert_eq!(rotation(&records, &[]).unwrap(), []);
        let many: Vec<KeyRecord> = (0..limits::PREVIOUS_KEYS_PER_TYPE)
            .map(|number| record(&number.to_string(), KeyStatus::Previous, 9))
            .collect();
        assert_eq!(rotation(&many, &[KeyType::P256]), Err(KeyRefusal::TooMany("P-256")));
        assert!(rotation(&many, &[KeyType::Rsa]).is_ok());
    }

    #[test]
    fn a_revoked_key_is_followed_where_it_signed_or_would_have() {
        let records = [
            record("old", KeyStatus::Previous, 9),
            record("current", KeyStatus::Current, 5),
            record("next", KeyStatus::Next, 1),
            record("gone", KeyStatus::Revoked, 9),
        ];
        let revoke = |key_id: &str, was| KeyStep::Revoke { key_id: key_id.into(), was };
        for (key_id, steps) in [
            ("old", vec![revoke("old", KeyStatus::Previous)]),
            ("next", vec![revoke("next", KeyStatus::Next), add(KeyStatus::Next)]),
            ("gone", vec![]),
            ("current", vec![revoke("current", KeyStatus::Current), promote("next"), add(KeyStatus::Next)]),
        ] {
            assert_eq!(revocation(&records, key_id).unwrap(), steps);
        }
        assert_eq!(
            revocation(&records[..2], "current").unwrap(),
            [revoke("current", KeyStatus::Current), add(KeyStatus::Current), add(KeyStatus::Next)]
        );
        assert_eq!(revocation(&records, "x"), Err(KeyRefusal::Unknown("x".into())));
    }

    #[test]
    fn a_rotation_is_due_when_the_current_key_is_old_and_the_next_one_known() {
        let (period, known) = (90 * 86_400, limits::NEXT_KEY_SECONDS);
        assert!(known > limits::METADATA_MAX_AGE_SECONDS);
        for (current_age, next_age, is_due) in [
            (period, known, true),
            (period - 1, known, false),
            (period, known - 1, false),
            (10 * period, 10 * period, true),
        ] {
            let records =
                [record("c", KeyStatus::Current, current_age), record("n", KeyStatus::Next, next_age)];
            assert_eq!(due(&records, period, NOW) == [KeyType::P256], is_due, "{current_age} {next_age}");
        }
        let promoted = KeyRecord { current_since: Some(NOW), ..record("c", KeyStatus::Current, period) };
        assert_eq!(due(&[promoted, record("n", KeyStatus::Next, known)], period, NOW), []);
        let mut ancient = record("c", KeyStatus::Current, period);
        ancient.current_since = None;
        assert_eq!(due(&[ancient.clone(), record("n", KeyStatus::Next, known)], period, NOW).len(), 1);
        assert_eq!(due(&[ancient], period, NOW), [], "without a successor there is nothing to rotate to");
    }
}
