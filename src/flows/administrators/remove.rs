//! Who manages the hub is listed, and taken off that list.

use crate::domain::administrator::{Administrator, may_go};
use crate::domain::audit::LogEntry;
use crate::flows::journal;
use crate::store::{Store, StoreError, Tx};

/// What became of a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    Removed,
    /// Nobody of that address manages the hub.
    Unknown,
    /// Nobody who can sign in would manage it any more.
    Last,
}

/// Every administrator, the first one first.
///
/// # Errors
/// [`StoreError`].
pub async fn list_administrators(store: &Store) -> Result<Vec<Administrator>, StoreError> {
    store.read(|tx| tx.list_administrators()).await
}

/// Takes the management of the hub from the administrator whose address is `email`, in lower case. What they hold opens it
/// no more on any node within a second, because every call asks.
///
/// # Errors
/// [`StoreError`].
pub async fn remove_administrator(
    store: &Store,
    email: &str,
    entry: LogEntry,
) -> Result<Removal, StoreError> {
    let email = email.to_owned();
    let (removal, removed) = store
        .write(move |tx| {
            let all = with_way_in(tx)?;
            let is_meant = |one: &Administrator| one.user.email() == Some(&email);
            if !all.iter().any(|(one, _)| is_meant(one)) {
                return Ok((Removal::Unknown, Vec::new()));
            }
            if !may_go(&all, is_meant) {
                return Ok((Removal::Last, Vec::new()));
            }
            let mut removed = Vec::new();
            for (one, _) in all.iter().filter(|(one, _)| is_meant(one)) {
                if tx.remove_administrator(&one.user.user_id)? {
                    let mut entry = entry.clone();
                    entry.name(&one.user);
                    removed.push(entry);
                }
            }
            tx.add_log_entries(&removed)?;
            Ok::<_, StoreError>((Removal::Removed, removed))
        })
        .await?;
    removed.iter().for_each(journal::trace);
    Ok(removal)
}

/// Every administrator, and whether they can sign in.
fn with_way_in(tx: &mut Tx<'_>) -> Result<Vec<(Administrator, bool)>, StoreError> {
    let mut all = Vec::new();
    for one in tx.administrators_for_change()? {
        let mut has_way_in = false;
        for identity in tx.identities_of(&one.user.user_id)? {
            let connection = tx.find_connection(&identity.connection_id)?;
            has_way_in |= connection.is_some_and(|connection| connection.is_enabled);
        }
        let can_sign_in = has_way_in && !one.user.is_blocked;
        all.push((one, can_sign_in));
    }
    Ok(all)
}
