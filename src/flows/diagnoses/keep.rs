//! What was found out is kept, for every node; a change of state is a log entry.

use serde_json::{Value, json};

use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::connection::Connection;
use crate::domain::diagnosis::{Diagnosis, State, change_in_words};
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::store::StoreError;

/// Keeps a diagnosis of `connection` as it was checked. Nothing is kept where the connection was changed or removed
/// meanwhile, or somebody else was faster: what is there then is newer.
pub(super) async fn keep(
    hub: &Hub,
    connection: &Connection,
    diagnosis: &Diagnosis,
) -> Result<(), StoreError> {
    let due_at = hub.diagnoses.next_check(hub.clock.now(), &hub.random);
    let suffix = hub.random.alphanumeric(12);
    let (id, name, version) = (connection.id.clone(), connection.name.clone(), connection.version);
    let diagnosis = diagnosis.clone();
    let changed = hub
        .store
        .write(move |tx| {
            if tx.find_connection(&id)?.is_none_or(|current| current.version != version) {
                return Ok(None);
            }
            let before = tx.find_diagnosis(&id)?;
            if !tx.keep_diagnosis(&id, before.as_ref(), (version, &diagnosis), due_at)? {
                return Ok(None);
            }
            let from = before.map_or(State::Unknown, |before| before.state);
            if from == diagnosis.state() {
                return Ok(None);
            }
            let words = change_in_words(&name, from, &diagnosis);
            let log_type = LogType::ConnectionStateChanged;
            let mut entry = LogEntry::new(diagnosis.checked_at, &suffix, log_type, words, &Origin::default());
            entry.connection = Some(name.clone());
            entry.connection_id = Some(id.clone());
            entry.details.insert("from".into(), from.name().into());
            entry.details.insert("to".into(), diagnosis.state().name().into());
            let wrong = diagnosis.wrong().map(
                |finding| json!({"check": finding.check, "code": finding.code, "remedy": finding.remedy}),
            );
            entry.details.insert("checks".into(), wrong.collect::<Vec<Value>>().into());
            tx.add_log_entries(std::slice::from_ref(&entry))?;
            Ok::<_, StoreError>(Some(entry))
        })
        .await?;
    if let Some(entry) = changed {
        journal::trace(&entry);
    }
    Ok(())
}
