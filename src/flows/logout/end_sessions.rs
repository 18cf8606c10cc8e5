//! The one way a session ends before its time: it is removed, what was granted in it is revoked, and every application
//! that took part and wants to know is told (OpenID Connect Back-Channel Logout 1.0 §2.5), all in one transaction.
//!
//! Mere expiry goes another way, and tells nobody.

use std::collections::BTreeMap;

use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::domain::logout::LogoutNotice;
use crate::domain::session::Session;
use crate::store::{StoreError, Tx};

/// The applications that took part in ended sessions, each once.
pub(crate) struct Ended {
    pub clients: Vec<Client>,
}

/// What becomes of the grants for `offline_access` that were given in a session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OfflineGrants {
    End,
    /// Nobody signed out: they live on, as after the session's expiry.
    Stay,
}

/// Ends `sessions` because of the request `request_id`. When the transaction is done, wake
/// [`Courier`](super::Courier), so that the notices leave at once.
///
/// # Errors
/// [`StoreError`].
pub(crate) fn end_sessions(
    tx: &mut Tx<'_>,
    sessions: &[Session],
    request_id: &str,
    now: Timestamp,
) -> Result<Ended, StoreError> {
    end(tx, sessions, OfflineGrants::End, request_id, now)
}

/// Ends the session of somebody in whose place another person is signed in on their browser. Applications are told, and
/// what was granted for the time of the session is over; what was granted for `offline_access` stays, which only signing
/// out, or somebody who revokes it, takes away.
///
/// # Errors
/// [`StoreError`].
pub(crate) fn end_replaced_session(
    tx: &mut Tx<'_>,
    session: Session,
    request_id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    end(tx, &[session], OfflineGrants::Stay, request_id, now).map(drop)
}

fn end(
    tx: &mut Tx<'_>,
    sessions: &[Session],
    offline: OfflineGrants,
    request_id: &str,
    now: Timestamp,
) -> Result<Ended, StoreError> {
    let ids: Vec<&str> = sessions.iter().map(|session| session.id.as_str()).collect();
    if ids.is_empty() {
        return Ok(Ended { clients: Vec::new() });
    }
    let mut clients = BTreeMap::new();
    let mut notices = Vec::new();
    let users: BTreeMap<&str, &str> =
        sessions.iter().map(|session| (session.id.as_str(), session.user_id.as_str())).collect();
    for (session_id, client_id) in tx.participants(&ids)? {
        if !clients.contains_key(&client_id) {
            clients.insert(client_id.clone(), tx.find_client(&client_id)?);
        }
        let wants_notice = clients
            .get(&client_id)
            .and_then(Option::as_ref)
            .is_some_and(|client| client.settings.backchannel_logout_uri.is_some());
        if let Some(user_id) = users.get(session_id.as_str()).filter(|_| wants_notice) {
            notices.push(LogoutNotice {
                user_id: (*user_id).to_owned(),
                session_id,
                client_id,
                request_id: request_id.to_owned(),
                attempts: 0,
                due_at: now,
                created_at: now,
            });
        }
    }
    tx.add_logout_notices(&notices)?;
    match offline {
        OfflineGrants::End => tx.revoke_grants_of_sessions(&ids, now)?,
        OfflineGrants::Stay => tx.revoke_online_grants_of_sessions(&ids, now)?,
    };
    tx.remove_sessions(&ids)?;
    Ok(Ended { clients: clients.into_values().flatten().collect() })
}

/// Ends every session of a user.
///
/// # Errors
/// [`StoreError`].
pub(crate) fn end_sessions_of_user(
    tx: &mut Tx<'_>,
    user_id: &str,
    request_id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sessions = tx.sessions_of_user(user_id)?;
    end_sessions(tx, &sessions, request_id, now).map(drop)
}

/// Ends every session that began through a connection.
///
/// # Errors
/// [`StoreError`].
pub(crate) fn end_sessions_of_connection(
    tx: &mut Tx<'_>,
    connection_id: &str,
    request_id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    loop {
        let sessions = tx.sessions_of_connection(connection_id, limits::SESSIONS_ENDED_AT_ONCE)?;
        if sessions.is_empty() {
            return Ok(());
        }
        end_sessions(tx, &sessions, request_id, now)?;
    }
}
