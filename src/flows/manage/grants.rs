//! What people let applications have (Auth0's grants) is taken back by an administrator.

use super::commit::commit;
use super::record::{self, Target};
use super::{Actor, ManageError, Resource};
use crate::domain::limits;
use crate::flows::hub::Hub;
use crate::store::{ConsentFilter, Page};

/// Takes one consent back, and with it the grants that rest on it, refresh tokens included.
///
/// # Errors
/// [`ManageError::NotFound`].
pub async fn remove_grant(hub: &Hub, actor: &Actor, id: &str) -> Result<(), ManageError> {
    let now = hub.clock.now();
    let entry = record::change(hub, actor, "Delete a grant");
    let wanted = id.to_owned();
    commit(hub, Resource::Grant, entry, move |tx, entry| {
        let consent = tx.find_consent_by_id(&wanted)?.ok_or(ManageError::NotFound(Resource::Grant))?;
        record::name(entry, Target::Grant(&consent));
        tx.revoke_consent(&consent, now)?;
        Ok(())
    })
    .await
}

/// Takes back everything a user let applications have.
///
/// # Errors
/// [`ManageError::Store`].
pub async fn remove_grants_of_user(hub: &Hub, actor: &Actor, user_id: &str) -> Result<(), ManageError> {
    let now = hub.clock.now();
    let entry = record::change(hub, actor, "Delete all grants of a user");
    let wanted = user_id.to_owned();
    let filter = ConsentFilter { user_id: Some(user_id.to_owned()), ..ConsentFilter::default() };
    commit(hub, Resource::Grant, entry, move |tx, entry| {
        entry.name(&tx.find_user(&wanted)?);
        loop {
            let page = Page::Numbered { number: 0, size: limits::PAGE_SIZE_MAX, with_total: false };
            let consents = tx.list_consents(&filter, &page)?;
            for consent in &consents.items {
                tx.revoke_consent(consent, now)?;
            }
            if consents.next.is_none() {
                return Ok(());
            }
        }
    })
    .await
}
