//! Who manages the hub is listed, and taken off that list.

use crate::domain::administrator::Administrator;
use crate::domain::audit::LogEntry;
use crate::flows::journal;
use crate::store::{Store, StoreError};

/// Every administrator, the first one first.
///
/// # Errors
/// [`StoreError`].
pub async fn list_administrators(store: &Store) -> Result<Vec<Administrator>, StoreError> {
    store.read(|tx| tx.list_administrators()).await
}

/// Takes the management of the hub from the administrator whose address is `email`, in lower case. What they hold opens it
/// no more on any node within a second, because every call asks. Whether there was one.
///
/// # Errors
/// [`StoreError`].
pub async fn remove_administrator(store: &Store, email: &str, entry: LogEntry) -> Result<bool, StoreError> {
    let email = email.to_owned();
    let removed = store
        .write(move |tx| {
            let all = tx.list_administrators()?;
            let mut removed = Vec::new();
            for one in all.into_iter().filter(|one| one.user.email() == Some(&email)) {
                if tx.remove_administrator(&one.user.user_id)? {
                    let mut entry = entry.clone();
                    entry.user_id = Some(one.user.user_id.clone());
                    entry.user_name = Some(one.user.display_name().to_owned());
                    removed.push(entry);
                }
            }
            if !removed.is_empty() {
                tx.add_log_entries(&removed)?;
            }
            Ok::<_, StoreError>(removed)
        })
        .await?;
    removed.iter().for_each(journal::trace);
    Ok(!removed.is_empty())
}
