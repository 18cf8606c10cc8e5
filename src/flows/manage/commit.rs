//! How every change is made: one transaction together with its log entry, made again if it lost a race.

use std::sync::Arc;

use super::{ManageError, Resource};
use crate::domain::audit::LogEntry;
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::store::{StoreError, Tx};

/// How often a change that lost against a simultaneous one is merged into what is stored by then.
const ATTEMPTS: usize = 4;

/// Makes `change` and adds `entry`, which the change completes with what it found.
pub(super) async fn commit<T: Send + 'static>(
    hub: &Hub,
    resource: Resource,
    entry: LogEntry,
    change: impl Fn(&mut Tx<'_>, &mut LogEntry) -> Result<T, ManageError> + Send + Sync + 'static,
) -> Result<T, ManageError> {
    let change = Arc::new(change);
    for _ in 0..ATTEMPTS {
        let (change, entry) = (Arc::clone(&change), entry.clone());
        let outcome = hub
            .store
            .write(move |tx| {
                let mut entry = entry.clone();
                let done = change(tx, &mut entry)?;
                tx.add_log_entries(std::slice::from_ref(&entry))?;
                Ok((done, entry))
            })
            .await;
        match outcome {
            // With `If-Match` the repetition finds another version, and says so.
            Err(ManageError::Store(StoreError::Stale)) => {}
            Err(error) => return Err(error),
            Ok((done, entry)) => {
                journal::trace(&entry);
                return Ok(done);
            }
        }
    }
    Err(ManageError::Changed(resource))
}
