//! The browser gets a session: a new token every time somebody proves who they are.

use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::flows::logout::end_replaced_session;
use crate::store::{StoreError, Tx};

/// The session that the browser has had until now; whether it is still alive is the caller's question.
pub(super) fn find_previous(
    tx: &mut Tx<'_>,
    token_hash: Option<&str>,
) -> Result<Option<Session>, StoreError> {
    match token_hash {
        Some(hash) => tx.find_session_by_token_hash(hash),
        None => Ok(None),
    }
}

/// The session of another person than `user`, if it is alive: they are asked before they are replaced. Whose account is
/// gone cannot be asked.
pub(super) fn of_somebody_else(
    tx: &mut Tx<'_>,
    previous: Option<&Session>,
    user: &User,
    now: Timestamp,
) -> Result<bool, StoreError> {
    match previous.filter(|previous| previous.is_alive(now) && previous.user_id != user.user_id) {
        Some(previous) => Ok(tx.find_user(&previous.user_id)?.is_some()),
        None => Ok(false),
    }
}

/// Opens `drawn` for `user`.
///
/// The same person who proves again who they are keeps their session (`sid`), so what applications hold
/// stays alive; its token changes all the same. Somebody else's session on this browser ends, because of the request
/// `request_id`, and so do those that the person has beyond what one person may have.
pub(super) fn open_session(
    tx: &mut Tx<'_>,
    drawn: &Session,
    user: &User,
    previous: Option<Session>,
    request_id: &str,
) -> Result<Session, StoreError> {
    let drawn = Session { user_id: user.user_id.clone(), ..drawn.clone() };
    let opened = take_place_of(tx, &drawn, previous, request_id)?;
    if opened.id == drawn.id {
        let (kept, at_once) = (limits::SESSIONS_PER_USER - 1, limits::SURPLUS_SESSIONS_ENDED);
        let surplus = tx.surplus_sessions(&drawn.user_id, kept, at_once)?;
        for surplus in surplus {
            end_replaced_session(tx, surplus, request_id, drawn.created_at)?;
        }
        tx.add_session(&opened)?;
    }
    Ok(opened)
}

/// Makes `waiting`, whose row is there, the browser's session: its token and its end change.
pub(super) fn open_waiting(
    tx: &mut Tx<'_>,
    waiting: &Session,
    previous: Option<Session>,
    request_id: &str,
) -> Result<Session, StoreError> {
    let opened = take_place_of(tx, waiting, previous, request_id)?;
    if opened.id == waiting.id {
        tx.change_session(&opened)?;
    } else {
        tx.remove_session(&waiting.id)?;
    }
    Ok(opened)
}

/// `next` in the place of `previous`: the same session, changed, where it is the same person's at the same connection.
fn take_place_of(
    tx: &mut Tx<'_>,
    next: &Session,
    previous: Option<Session>,
    request_id: &str,
) -> Result<Session, StoreError> {
    let Some(previous) = previous else { return Ok(next.clone()) };
    if previous.user_id == next.user_id && previous.connection_id == next.connection_id {
        let renewed = Session { id: previous.id, created_at: previous.created_at, ..next.clone() };
        tx.change_session(&renewed)?;
        return Ok(renewed);
    }
    let now = next.last_active_at;
    if previous.is_alive(now) {
        end_replaced_session(tx, previous, request_id, now)?;
    } else {
        tx.remove_session(&previous.id)?;
    }
    Ok(next.clone())
}
