//! What was found out is kept, for every node; a change of state is a log entry, and so are other metadata.

use serde_json::{Value, json};

use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::diagnosis::{Diagnosis, Evidence, State, change_in_words};
use crate::domain::provider_metadata::{Drift, KeptMetadata, Metadata, Turn, source_of};
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::flows::letters::News;
use crate::store::{StoreError, Tx};

/// What a check found.
struct Found {
    /// As it was checked.
    connection: Connection,
    diagnosis: Diagnosis,
    due_at: Timestamp,
    /// When a connection is looked at that was not broken before.
    soon: Option<Timestamp>,
    published: Option<Published>,
    news: News,
    /// Of the ids of log entries.
    suffixes: [String; 2],
}

/// What the provider published, compared with what was adopted then.
struct Published {
    source: String,
    metadata: Metadata,
    adopted_sha256: Option<String>,
    drift: Drift,
}

/// Keeps a diagnosis of `connection` as it was checked, and adopts what the provider publishes where that is safe.
/// Nothing is kept where the connection was changed or removed meanwhile, or somebody else was faster: what is there then
/// is newer.
pub(super) async fn keep(
    hub: &Hub,
    connection: &Connection,
    diagnosis: &Diagnosis,
    evidence: &Evidence,
) -> Result<(), StoreError> {
    let found = Found {
        connection: connection.clone(),
        diagnosis: diagnosis.clone(),
        due_at: hub.diagnoses.next_check(hub.clock.now(), &hub.random),
        soon: hub.diagnoses.recheck(hub.clock.now()),
        news: News::of(hub, connection, diagnosis, evidence),
        published: published(connection, diagnosis, evidence),
        suffixes: [hub.random.alphanumeric(12), hub.random.alphanumeric(12)],
    };
    let (entries, turn) = hub.store.write(move |tx| found.keep(tx)).await?;
    entries.iter().for_each(journal::trace);
    if matches!(turn, Some(Turn::First | Turn::Adopted)) {
        hub.directory.forget_adopted_metadata();
    }
    Ok(())
}

/// A first document is adopted only if logins can go by it: a provider that is not set up yet may still change everything.
fn published(connection: &Connection, diagnosis: &Diagnosis, evidence: &Evidence) -> Option<Published> {
    let source = source_of(&connection.options);
    match &evidence.compared {
        Some(compared) => Some(Published {
            source,
            metadata: compared.published.clone(),
            adopted_sha256: Some(compared.adopted_sha256.clone()),
            drift: compared.drift.clone(),
        }),
        None => evidence.document().filter(|_| diagnosis.may_adopt()).map(|document| Published {
            source,
            metadata: Metadata::new(document.clone(), evidence.now),
            adopted_sha256: None,
            drift: Drift::default(),
        }),
    }
}

impl Found {
    fn keep(&self, tx: &mut Tx<'_>) -> Result<(Vec<LogEntry>, Option<Turn>), StoreError> {
        let id = &self.connection.id;
        let nothing = (Vec::new(), None);
        let current = tx.find_connection(id)?.filter(|current| current.version == self.connection.version);
        let Some(current) = current else { return Ok(nothing) };
        let kept = match &self.published {
            Some(published) => {
                let kept = tx.find_provider_metadata(id)?.filter(|kept| kept.is_of(&current.options));
                if kept.as_ref().map(|kept| &kept.adopted.sha256) != published.adopted_sha256.as_ref() {
                    return Ok(nothing);
                }
                kept
            }
            None => None,
        };
        let before = tx.find_diagnosis(id)?;
        let from = before.as_ref().map_or(State::Unknown, |before| before.state);
        let has_broken = from != State::Broken && self.diagnosis.state() == State::Broken;
        let due_at = self.soon.filter(|_| has_broken).unwrap_or(self.due_at);
        if !tx.keep_diagnosis(id, before.as_ref(), (self.connection.version, &self.diagnosis), due_at)? {
            return Ok(nothing);
        }
        self.news.queue(tx, from)?;
        let mut entries = Vec::new();
        let mut turned = None;
        if let Some(Published { source, metadata, drift, .. }) = &self.published
            && let Some((kept, turn)) = KeptMetadata::after(kept, source, metadata.clone(), drift)
        {
            tx.keep_provider_metadata(id, &kept)?;
            entries.extend(self.other_metadata(drift, turn));
            turned = Some(turn);
        }
        entries.extend(self.other_state(from));
        tx.add_log_entries(&entries)?;
        Ok((entries, turned))
    }

    fn other_state(&self, from: State) -> Option<LogEntry> {
        let to = self.diagnosis.state();
        if from == to {
            return None;
        }
        let words = change_in_words(&self.connection.name, from, &self.diagnosis);
        let mut entry = self.entry(0, LogType::ConnectionStateChanged, words);
        entry.details.insert("from".into(), from.name().into());
        entry.details.insert("to".into(), to.name().into());
        let wrong = self
            .diagnosis
            .wrong()
            .map(|finding| json!({"check": finding.check, "code": finding.code, "remedy": finding.remedy}));
        entry.details.insert("checks".into(), wrong.collect::<Vec<Value>>().into());
        Some(entry)
    }

    fn other_metadata(&self, drift: &Drift, turn: Turn) -> Option<LogEntry> {
        let (log_type, outcome) = match turn {
            Turn::Adopted => (LogType::MetadataAdopted, "were adopted"),
            Turn::Waits => (LogType::MetadataWaiting, "wait for being accepted"),
            Turn::First | Turn::WentBack => return None,
        };
        let words = format!(
            "the metadata of the provider of {} have changed and {outcome}: {}",
            self.connection.name,
            drift.words()
        );
        let mut entry = self.entry(1, log_type, words);
        entry.details.insert("difference".into(), drift.json());
        Some(entry)
    }

    fn entry(&self, number: usize, log_type: LogType, words: String) -> LogEntry {
        let suffix = self.suffixes.get(number).map_or("", String::as_str);
        let mut entry = LogEntry::new(self.diagnosis.checked_at, suffix, log_type, words, &Origin::default());
        entry.name(&self.connection);
        entry
    }
}
