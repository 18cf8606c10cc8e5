//! A provider says that a person signed out there: what began through it ends here (OpenID Connect Back-Channel
//! Logout 1.0 §2.6 to §2.8, Front-Channel Logout 1.0 §3, we being the application).

use std::sync::Arc;

use super::SignedOut;
use super::end_sessions::end_sessions;
use super::leave::{frames, record, session_of};
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::connection::{Connection, Strategy};
use crate::domain::one_time::OneTime;
use crate::domain::session::{ProviderSession, Session};
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::flows::login::Browser;
use crate::store::{StoreError, Tx};
use crate::upstream::{ProviderLogout, UpstreamError, UpstreamErrorKind};

/// Why a provider's word was not followed.
#[derive(Debug, thiserror::Error)]
pub enum NotObeyed {
    #[error("there is no such connection")]
    UnknownConnection,
    #[error("there is no logout_token in the request")]
    NoToken,
    #[error("{0}")]
    NotVerified(UpstreamError),
    #[error("this logout token was used before")]
    Replayed,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NotObeyed {
    /// Whether the provider may be right and should try again.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::UnknownConnection | Self::NoToken | Self::Replayed => false,
            Self::NotVerified(error) => error.kind == UpstreamErrorKind::Unreachable,
            Self::Store(_) => true,
        }
    }
}

/// Follows a logout token that somebody sent for the connection `name`. Sessions that are over already are no failure.
///
/// # Errors
/// [`NotObeyed`], noted in the journal.
pub async fn obey_logout_token(
    hub: &Hub,
    name: &str,
    token: Option<&str>,
    origin: &Origin,
) -> Result<(), NotObeyed> {
    let mut connection = None;
    let outcome = obey(hub, name, token, origin, &mut connection).await;
    if let Err(reason) = &outcome {
        let suffix = hub.random.alphanumeric(12);
        let words = format!("the provider's logout token was refused: {reason}");
        let mut entry = LogEntry::new(hub.clock.now(), &suffix, LogType::LogoutFailed, words, origin);
        entry.name(&connection);
        if let NotObeyed::NotVerified(failure) = reason {
            entry.details.insert("check".into(), failure.check.into());
            entry.details.insert("advice".into(), failure.advice.to_string().into());
        }
        hub.journal.note(entry);
    }
    outcome
}

async fn obey(
    hub: &Hub,
    name: &str,
    token: Option<&str>,
    origin: &Origin,
    found: &mut Option<Arc<Connection>>,
) -> Result<(), NotObeyed> {
    let connection = connection_of_provider(hub, name).await?.ok_or(NotObeyed::UnknownConnection)?;
    *found = Some(Arc::clone(&connection));
    let token = token.ok_or(NotObeyed::NoToken)?;
    let now = hub.clock.now();
    let adopted = hub.directory.adopted_metadata(&connection).await?;
    let verified = hub.upstream.verify_logout_token(&connection, adopted.as_ref(), token, now).await;
    let logout = verified.map_err(NotObeyed::NotVerified)?;
    let suffix = hub.random.alphanumeric(10);
    let origin = origin.clone();
    let entries = hub
        .store
        .write(move |tx| {
            let id = format!("{}.{}", connection.id, logout.token_id);
            if !tx.use_once(OneTime::LogoutToken, &id, logout.remembered_until)? {
                return Err(NotObeyed::Replayed);
            }
            let sessions = sessions_meant(tx, &connection, &logout)?;
            let entries: Vec<LogEntry> = sessions
                .iter()
                .enumerate()
                .map(|(number, session)| {
                    let suffix = format!("{suffix}{number:02}");
                    let words = "signed out by the provider";
                    let mut entry = LogEntry::new(now, &suffix, LogType::LogoutSucceeded, words, &origin);
                    entry.name(session);
                    entry.name(&connection);
                    entry
                })
                .collect();
            end_sessions(tx, &sessions, &origin.request_id, now)?;
            tx.add_log_entries(&entries)?;
            Ok(entries)
        })
        .await?;
    entries.iter().for_each(journal::trace);
    hub.courier.wake();
    Ok(())
}

/// The sessions that stand on what ended at the provider: on its session `sid`, or, where it names only the person, all of
/// theirs. A session of which the provider never told its `sid` ends with any session of the person there.
fn sessions_meant(
    tx: &mut Tx<'_>,
    connection: &Connection,
    logout: &ProviderLogout,
) -> Result<Vec<Session>, StoreError> {
    let at = logout.sid.clone().map(|sid| ProviderSession { issuer: logout.issuer.clone(), sid });
    let Some(subject) = &logout.subject else {
        return at.map_or(Ok(Vec::new()), |at| tx.sessions_of_provider_session(&connection.id, &at));
    };
    let Some(identity) = tx.find_identity(&connection.id, &logout.issuer, subject)? else {
        return Ok(Vec::new());
    };
    let mut sessions = tx.sessions_of_user(&identity.user_id)?;
    sessions.retain(|session| {
        session.connection_id == connection.id
            && match (&at, &session.provider_session) {
                (Some(at), Some(stands_on)) => at == stands_on,
                (None, _) | (Some(_), None) => true,
            }
    });
    Ok(sessions)
}

/// What the provider's page asks this browser, in a frame.
pub struct FrontChannelRequest<'a> {
    /// Of the connection.
    pub name: &'a str,
    pub issuer: Option<&'a str>,
    pub sid: Option<&'a str>,
}

/// Ends the session of this browser if it stands on the session that the provider names; `None` if it does not, or if
/// the browser keeps our cookie out of frames.
///
/// Both `iss` and `sid` have to be there: without them, any page could sign people out.
///
/// # Errors
/// [`NotObeyed::UnknownConnection`], [`NotObeyed::Store`].
pub async fn obey_provider_in_browser(
    hub: &Hub,
    request: &FrontChannelRequest<'_>,
    browser: &Browser,
) -> Result<Option<SignedOut>, NotObeyed> {
    let connection = connection_of_provider(hub, request.name).await?.ok_or(NotObeyed::UnknownConnection)?;
    let (Some(issuer), Some(sid)) = (request.issuer, request.sid) else { return Ok(None) };
    let at = ProviderSession { issuer: issuer.to_owned(), sid: sid.to_owned() };
    let Some((session, user)) = session_of(hub, browser).await? else { return Ok(None) };
    if session.connection_id != connection.id || session.provider_session.as_ref() != Some(&at) {
        return Ok(None);
    }
    let suffix = hub.random.alphanumeric(12);
    let words = "signed out by the provider, in this browser";
    let mut entry = LogEntry::new(hub.clock.now(), &suffix, LogType::LogoutSucceeded, words, &browser.origin);
    entry.name(&session);
    entry.name(&user);
    entry.name(&connection);
    let session = Arc::new(session);
    let ended = record(hub, Arc::clone(&session), entry).await?;
    Ok(Some(SignedOut { frames: frames(hub, &ended, &session), ..SignedOut::default() }))
}

async fn connection_of_provider(hub: &Hub, name: &str) -> Result<Option<Arc<Connection>>, StoreError> {
    if name.contains('\0') {
        return Ok(None);
    }
    let connection = hub.directory.connection_named(name).await?;
    Ok(connection.filter(|connection| connection.strategy == Strategy::Oidc))
}
