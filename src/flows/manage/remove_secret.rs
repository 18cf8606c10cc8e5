//! The secret before the last rotation stops working before its time.

use super::commit::commit;
use super::edit_client::refuse_made_by_hub;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::domain::client::Client;
use crate::flows::hub::Hub;

/// Removes the secret `secret_id` of an application; one that is gone already is no error.
///
/// # Errors
/// [`ManageError::NotSupported`] for the current one and for the application made from the settings,
/// [`ManageError::NotFound`], [`ManageError::Changed`].
pub async fn remove_secret(
    hub: &Hub,
    actor: &Actor,
    client_id: &str,
    secret_id: &str,
    expected: Expected,
) -> Result<(), ManageError> {
    let now = hub.clock.now();
    let entry = record::change(hub, actor, "Remove a client secret");
    let (wanted, secret_id) = (client_id.to_owned(), secret_id.to_owned());
    commit(hub, Resource::Client, entry, move |tx, entry| {
        let current = tx.find_client(&wanted)?.ok_or(ManageError::NotFound(Resource::Client))?;
        record::name(entry, Target::Client(&current));
        refuse_made_by_hub(&current)?;
        expected.check(Resource::Client, current.version)?;
        if current.secret.as_ref().is_some_and(|secret| secret.id() == secret_id) {
            return Err(ManageError::NotSupported(
                "This is the current secret of the application: rotate it, which makes it the older one or \
                 ends it at once",
            ));
        }
        if current.previous_secret.as_ref().is_some_and(|secret| secret.id() == secret_id) {
            tx.change_client(&Client { previous_secret: None, updated_at: now, ..current })?;
        }
        Ok(())
    })
    .await?;
    hub.directory.forget_applications();
    Ok(())
}
