//! An administrator ends sessions, and takes refresh tokens back.

use super::commit::commit;
use super::record::{self, Target};
use super::{Actor, ManageError, Resource};
use crate::domain::refresh_token_choice::RefreshTokenChoice;
use crate::flows::hub::Hub;
use crate::flows::logout::{end_sessions, end_sessions_of_user};

/// Ends a session, and with it everything that was granted in it; its applications are told.
///
/// # Errors
/// [`ManageError::NotFound`].
pub async fn end_session(hub: &Hub, actor: &Actor, id: &str) -> Result<(), ManageError> {
    let (wanted, now) = (id.to_owned(), hub.clock.now());
    let entry = record::change(hub, actor, "Delete a session");
    let request_id = entry.request_id.to_string();
    commit(hub, Resource::Session, entry, move |tx, entry| {
        let session = tx.find_session(&wanted)?.ok_or(ManageError::NotFound(Resource::Session))?;
        record::name(entry, Target::Session(&session));
        end_sessions(tx, &[session], &request_id, now)?;
        Ok(())
    })
    .await?;
    hub.courier.wake();
    Ok(())
}

/// Ends every session of a user, as [`end_session`] ends one.
///
/// # Errors
/// [`ManageError::NotFound`]: the user.
pub async fn end_all_sessions(hub: &Hub, actor: &Actor, user_id: &str) -> Result<(), ManageError> {
    let (wanted, now) = (user_id.to_owned(), hub.clock.now());
    let entry = record::change(hub, actor, "Delete the sessions of a user");
    let request_id = entry.request_id.to_string();
    commit(hub, Resource::User, entry, move |tx, entry| {
        let user = tx.find_user(&wanted)?.ok_or(ManageError::NotFound(Resource::User))?;
        record::name(entry, Target::User(&user));
        Ok(end_sessions_of_user(tx, &wanted, &request_id, now)?)
    })
    .await?;
    hub.courier.wake();
    Ok(())
}

/// Takes a refresh token back: its grant ends, access tokens included.
///
/// # Errors
/// [`ManageError::NotFound`].
pub async fn revoke_refresh_token(hub: &Hub, actor: &Actor, id: &str) -> Result<(), ManageError> {
    let (wanted, now) = (id.to_owned(), hub.clock.now());
    let entry = record::change(hub, actor, "Delete a refresh token");
    commit(hub, Resource::RefreshToken, entry, move |tx, entry| {
        let grant = tx.find_grant(&wanted)?.filter(|grant| grant.refresh_family_hash.is_some());
        let grant = grant.ok_or(ManageError::NotFound(Resource::RefreshToken))?;
        record::name(entry, Target::RefreshToken(&grant));
        if tx.revoke_grant(&wanted, now)? {
            Ok(())
        } else {
            Err(ManageError::NotFound(Resource::RefreshToken))
        }
    })
    .await
}

/// Takes every refresh token of a user back.
///
/// # Errors
/// [`ManageError::NotFound`]: the user.
pub async fn revoke_refresh_tokens_of_user(
    hub: &Hub,
    actor: &Actor,
    user_id: &str,
) -> Result<(), ManageError> {
    let (wanted, now) = (user_id.to_owned(), hub.clock.now());
    let entry = record::change(hub, actor, "Delete the refresh tokens of a user");
    commit(hub, Resource::User, entry, move |tx, entry| {
        let user = tx.find_user(&wanted)?.ok_or(ManageError::NotFound(Resource::User))?;
        record::name(entry, Target::User(&user));
        let count = tx.revoke_refresh_grants(&RefreshTokenChoice::OfUser(wanted.clone()), now)?;
        entry.details.insert("revoked".into(), count.into());
        Ok(())
    })
    .await
}

/// Takes the refresh tokens of `choice` back. Those that are not there are no failure.
///
/// # Errors
/// [`ManageError::Store`].
pub async fn revoke_refresh_tokens(
    hub: &Hub,
    actor: &Actor,
    choice: RefreshTokenChoice,
) -> Result<(), ManageError> {
    let now = hub.clock.now();
    let entry = record::change(hub, actor, "Revoke refresh tokens");
    commit(hub, Resource::RefreshToken, entry, move |tx, entry| {
        let count = tx.revoke_refresh_grants(&choice, now)?;
        let user = match choice.user_id() {
            Some(user_id) => tx.find_user(user_id)?,
            None => None,
        };
        record::name_choice(entry, &choice, user.as_ref());
        entry.details.insert("revoked".into(), count.into());
        Ok(())
    })
    .await
}
