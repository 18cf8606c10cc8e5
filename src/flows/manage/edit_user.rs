//! A user is blocked, or unblocked, or their metadata changes.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::edit::settle_races;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::domain::user::User;
use crate::domain::user_parse::changed_user;
use crate::flows::hub::Hub;

/// Merges `patch` (RFC 7396) into the user. Blocking takes effect at the next thing the person does: sessions
/// stay, and the policy refuses them.
///
/// # Errors
/// [`ManageError::Invalid`] with all problems, [`ManageError::NotFound`], [`ManageError::Changed`].
pub async fn edit_user(
    hub: &Hub,
    actor: &Actor,
    user_id: &str,
    patch: Map<String, Value>,
    expected: Expected,
) -> Result<User, ManageError> {
    let now = hub.clock.now();
    let entry = record::touching(record::change(hub, actor, "Update a user"), &patch);
    let wanted = Arc::new((user_id.to_owned(), patch, expected, entry));
    settle_races(Resource::User, async || {
        let wanted = Arc::clone(&wanted);
        hub.store
            .write(move |tx| {
                let (user_id, patch, expected, entry) = &*wanted;
                let current = tx.find_user(user_id)?.ok_or(ManageError::NotFound(Resource::User))?;
                expected.check(Resource::User, current.version)?;
                let changes = changed_user(&current, patch).map_err(ManageError::Invalid)?;
                let is_blocked = changes.is_blocked;
                let user = User {
                    user_metadata: changes.user_metadata,
                    app_metadata: changes.app_metadata,
                    updated_at: now,
                    ..current
                };
                tx.change_user(&user)?;
                tx.set_blocked(user_id, is_blocked, now)?;
                let mut entry = record::about(entry.clone(), Target::User(&user));
                if is_blocked != user.is_blocked {
                    entry.details.insert("blocked".into(), is_blocked.into());
                }
                tx.add_log_entries(&[entry])?;
                tx.find_user(user_id)?.ok_or(ManageError::NotFound(Resource::User))
            })
            .await
    })
    .await
}
