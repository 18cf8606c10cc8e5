//! The browser gets a session: a new token every time somebody proves who they are.

use crate::domain::limits;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::flows::logout::end_sessions;
use crate::store::{StoreError, Tx};

/// Opens `drawn` for `user`.
///
/// The same person who proves again who they are keeps their session (`sid`), so what applications hold
/// stays alive; its token changes all the same. Somebody else's session on this browser ends, because of the request
/// `request_id`, and so do those that the person has beyond what one person may have.
pub(super) fn open_session(
    tx: &mut Tx<'_>,
    drawn: &Session,
    user: &User,
    previous_token_hash: Option<&str>,
    request_id: &str,
) -> Result<Session, StoreError> {
    let drawn = Session { user_id: user.user_id.clone(), ..drawn.clone() };
    let previous = match previous_token_hash {
        Some(hash) => tx.find_session_by_token_hash(hash)?,
        None => None,
    };
    match previous {
        Some(previous)
            if previous.user_id == drawn.user_id && previous.connection_id == drawn.connection_id =>
        {
            let renewed = Session { id: previous.id, created_at: previous.created_at, ..drawn };
            tx.change_session(&renewed)?;
            return Ok(renewed);
        }
        Some(previous) => {
            let now = drawn.created_at;
            if previous.is_alive(now) {
                end_sessions(tx, &[previous], request_id, now)?;
            } else {
                tx.remove_session(&previous.id)?;
            }
        }
        None => {}
    }
    let (kept, at_once) = (limits::SESSIONS_PER_USER - 1, limits::SURPLUS_SESSIONS_ENDED);
    let surplus = tx.surplus_sessions(&drawn.user_id, kept, at_once)?;
    end_sessions(tx, &surplus, request_id, drawn.created_at)?;
    tx.add_session(&drawn)?;
    Ok(drawn)
}
