//! A user is blocked, or unblocked, or their metadata changes.

use serde_json::{Map, Value};

use super::administrators::refuse_administrator;
use super::commit::commit;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::domain::user::User;
use crate::domain::user_parse::changed_user;
use crate::flows::hub::Hub;
use crate::flows::logout::end_sessions_of_user;

/// Merges `patch` (RFC 7396) into the user. Blocking ends their sessions, and the policy refuses new ones.
///
/// # Errors
/// [`ManageError::Invalid`] with all problems, [`ManageError::NotFound`], [`ManageError::Changed`];
/// [`ManageError::NotSupported`] if an administrator would be blocked or unblocked.
pub async fn edit_user(
    hub: &Hub,
    actor: &Actor,
    user_id: &str,
    patch: Map<String, Value>,
    expected: Expected,
) -> Result<User, ManageError> {
    let now = hub.clock.now();
    let entry = record::touching(record::change(hub, actor, "Update a user"), &patch);
    let wanted = user_id.to_owned();
    let changed = commit(hub, Resource::User, entry, move |tx, entry| {
        let current = tx.find_user(&wanted)?.ok_or(ManageError::NotFound(Resource::User))?;
        record::name(entry, Target::User(&current));
        expected.check(Resource::User, current.version)?;
        let changes = changed_user(&current, &patch).map_err(ManageError::Invalid)?;
        if changes.is_blocked != current.is_blocked {
            refuse_administrator(tx, &current)?;
            entry.details.insert("blocked".into(), changes.is_blocked.into());
            if changes.is_blocked {
                end_sessions_of_user(tx, &wanted, &entry.request_id, now)?;
            }
        }
        tx.change_user(&User {
            user_metadata: changes.user_metadata,
            app_metadata: changes.app_metadata,
            updated_at: now,
            ..current
        })?;
        tx.set_blocked(&wanted, changes.is_blocked, now)?;
        tx.find_user(&wanted)?.ok_or(ManageError::NotFound(Resource::User))
    })
    .await?;
    hub.courier.wake();
    Ok(changed)
}
