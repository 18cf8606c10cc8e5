//! The session of this browser ends: first here, then at the applications and, where asked for, at the provider.

use std::sync::Arc;

use super::end_sessions::{Ended, end_sessions};
use super::{LogoutError, SignedOut, at_provider};
use crate::crypto::digest;
use crate::domain::audit::{LogEntry, LogType};
use crate::domain::client::Client;
use crate::domain::logout::front_channel_address;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::flows::login::Browser;
use crate::store::StoreError;

/// A checked request to leave.
pub(super) struct Leaving {
    pub client: Option<Arc<Client>>,
    /// A registered address of the application.
    pub return_to: Option<String>,
    /// Sign out at the provider too.
    pub is_federated: bool,
}

/// The session behind the browser's cookie, and whose it is.
pub(super) async fn session_of(
    hub: &Hub,
    browser: &Browser,
) -> Result<Option<(Session, Option<User>)>, StoreError> {
    let Some(token) = &browser.session_token else { return Ok(None) };
    let hash = digest::sha256_base64url(token.reveal());
    hub.store
        .read(move |tx| {
            let Some(session) = tx.find_session_by_token_hash(&hash)? else { return Ok(None) };
            let user = tx.find_user(&session.user_id)?;
            Ok(Some((session, user)))
        })
        .await
}

/// Ends `session`, if there is one, and says where the browser goes.
///
/// # Errors
/// [`LogoutError::Store`]; nothing has changed then.
pub(super) async fn leave(
    hub: &Hub,
    session: Option<(Session, Option<User>)>,
    leaving: Leaving,
    browser: &Browser,
) -> Result<SignedOut, LogoutError> {
    let Leaving { client, return_to, is_federated } = leaving;
    let client_name = client.as_ref().map(|client| client.settings.name.clone());
    let Some((session, user)) = session else {
        return Ok(SignedOut { next: return_to, client_name, ..SignedOut::default() });
    };
    let connection = hub.directory.connection(&session.connection_id).await?;
    let now = hub.clock.now();
    let suffix = hub.random.alphanumeric(12);
    let mut entry = LogEntry::new(now, &suffix, LogType::LogoutSucceeded, "signed out", &browser.origin);
    entry.name(&session);
    entry.name(&client);
    entry.name(&user);
    entry.name(&connection);
    let session = Arc::new(session);
    let ended = record(hub, Arc::clone(&session), entry).await?;
    let frames = frames(hub, &ended, &session);
    let trip = match connection.filter(|_| is_federated) {
        Some(connection) => {
            at_provider::sign_out_address(hub, &connection, return_to.clone(), client.as_deref(), browser)
                .await
        }
        None => None,
    };
    Ok(match trip {
        Some(trip) => {
            SignedOut { next: Some(trip.address), client_name, frames, trip_secret: Some(trip.secret) }
        }
        None => SignedOut { next: return_to, client_name, frames, trip_secret: None },
    })
}

/// Ends `session` with its log entry.
pub(super) async fn record(hub: &Hub, session: Arc<Session>, entry: LogEntry) -> Result<Ended, StoreError> {
    journal::trace(&entry);
    let now = entry.date;
    let ended = hub
        .store
        .write(move |tx| {
            let ended = end_sessions(tx, std::slice::from_ref(&session), &entry.request_id, now)?;
            tx.add_log_entries(std::slice::from_ref(&entry))?;
            Ok::<_, StoreError>(ended)
        })
        .await?;
    hub.courier.wake();
    Ok(ended)
}

/// What the browser opens so that the applications end their own sessions.
pub(super) fn frames(hub: &Hub, ended: &Ended, session: &Session) -> Vec<String> {
    let address = |client: &Client| {
        let registered = client.settings.frontchannel_logout_uri.as_ref()?;
        let is_told = client.settings.frontchannel_logout_session_required;
        let sid = is_told.then(|| hub.sid_of(client, &session.id));
        front_channel_address(registered, hub.issuer.as_str(), sid.as_deref()).map(String::from)
    };
    ended.clients.iter().filter_map(address).collect()
}
