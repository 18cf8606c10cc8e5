//! Somebody has proven who they are in a browser where another person is signed in: that person says who goes on.
//!
//! Until then nothing of theirs is touched. The new session has a row, so that whoever ends the sessions of its user ends
//! it too, but its token is nobody's; saying "stay" removes it, and so does the end of the login.

use std::sync::Arc;

use crate::crypto::digest;
use crate::domain::audit::LogType;
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::login::{Login, Progress, Proven};
use crate::domain::next_step::{Routing, Step};
use crate::domain::secret::Secret;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::store::StoreError;

use super::browser::{Browser, Outcome, ScreenKind, Shown, SwitchScreen, open_login};
use super::continue_login::{SignedIn, continue_login};
use super::find_step::find_step;
use super::open_session::{find_previous, of_somebody_else, open_waiting};
use super::refuse::{Parties, refuse};
use super::{LoginError, record, remembered_choice};

/// Who goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchChoice {
    /// The person who is signed in.
    Stay,
    /// The one who has just proven who they are.
    Switch,
}

/// Records the choice.
///
/// # Errors
/// [`LoginError`].
pub async fn switch_person(
    hub: &Hub,
    login_id: &str,
    choice: SwitchChoice,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let now = hub.clock.now();
    let login = open_login(hub, browser, login_id, now).await?;
    let Progress::Proven(proven) = &login.progress else {
        return continue_login(hub, login, browser).await;
    };
    let Some(asked) = login.switch_asked_of.clone() else {
        return continue_login(hub, login, browser).await;
    };
    match choice {
        SwitchChoice::Stay => {
            drop_waiting(hub, &login, proven, &asked, browser, now).await?;
            continue_login(hub, login.stay(), browser).await
        }
        SwitchChoice::Switch => {
            let client =
                hub.directory.client(&login.request.client_id).await?.ok_or(LoginError::UnknownClient)?;
            take_place(hub, login, &client, Some(asked), browser, now).await
        }
    }
}

/// The page that names both; `None` if the sign-in no longer waits.
pub(super) async fn switch_screen(
    hub: &Hub,
    login: &Login,
    signed_in: &SignedIn,
) -> Result<Option<ScreenKind>, LoginError> {
    let Some(waiting) = find_waiting(hub, login, hub.clock.now()).await? else { return Ok(None) };
    let shown = |user: &User, connection: Option<&Arc<Connection>>| Shown {
        display_name: user.display_name().to_owned(),
        email: user.email().unwrap_or_default().to_owned(),
        picture: user.text("picture").map(str::to_owned),
        connection: connection.map(|connection| connection.display_name.clone()).unwrap_or_default(),
    };
    Ok(Some(ScreenKind::Switch(Box::new(SwitchScreen {
        signed_in: shown(&signed_in.user, signed_in.connection.as_ref()),
        proven: shown(&waiting.user, waiting.connection.as_ref()),
    }))))
}

/// Who waits in `login`, if nobody has ended that meanwhile.
async fn find_waiting(hub: &Hub, login: &Login, now: Timestamp) -> Result<Option<SignedIn>, LoginError> {
    let Progress::Proven(proven) = &login.progress else { return Ok(None) };
    let id = proven.session_id.clone();
    let found = hub
        .store
        .read(move |tx| {
            let Some(session) = tx.find_session(&id)? else { return Ok(None) };
            let user = tx.find_user(&session.user_id)?;
            Ok::<_, StoreError>(user.map(|user| (session, user)))
        })
        .await?;
    let Some((session, user)) = found.filter(|(session, _)| session.is_alive(now)) else { return Ok(None) };
    let connection = hub.directory.connection(&session.connection_id).await?;
    Ok(Some(SignedIn { session, user, connection }))
}

/// The sign-in that waited was ended meanwhile: by its provider, or by an administrator.
pub(super) fn lose_waiting(
    hub: &Hub,
    login: &Login,
    client: &Client,
    browser: &Browser,
    now: Timestamp,
) -> Result<Outcome, LoginError> {
    let error = OAuthError::new(ErrorCode::LoginRequired, "the sign-in was ended while it waited");
    refuse(hub, login, Parties { client, connection: None }, &error, browser, now)
}

/// Why nobody took anybody's place.
#[derive(Debug, thiserror::Error)]
enum NotSwitched {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the choice has been recorded already")]
    AlreadyUsed,
    #[error("the sign-in no longer waits")]
    Gone,
    #[error("another person is signed in than the one who was asked")]
    NotAsked,
}

/// Signs in who has waited. `asked` is the user who let them take their place; whoever else is signed in keeps it.
pub(super) async fn take_place(
    hub: &Hub,
    login: Login,
    client: &Arc<Client>,
    asked: Option<String>,
    browser: &Browser,
    now: Timestamp,
) -> Result<Outcome, LoginError> {
    let (Progress::Proven(proven), Some(waiting)) = (&login.progress, find_waiting(hub, &login, now).await?)
    else {
        return lose_waiting(hub, &login, client, browser, now);
    };
    // Nobody is replaced by somebody whom the application would not be told of.
    let next = login.clone().switch(proven.session_id.clone()).map_err(|_| LoginError::AlreadyUsed)?;
    if let Step::Refuse(error) = find_step(hub, client, &next, Some(&waiting), &Routing::Ask, now).await? {
        let parties = Parties { client, connection: waiting.connection.as_deref() };
        return refuse(hub, &login, parties, &error, browser, now);
    }
    let SignedIn { session, user, connection } = waiting;
    let token = Secret::new(hub.random.token());
    let opened = Session {
        token_hash: digest::sha256_base64url(token.reveal()),
        last_active_at: now,
        expires_at: proven.session_expires_at,
        ..session
    };
    let description = if asked.is_some() { "signed in, in the place of who was" } else { "signed in" };
    let mut log = record::failure(hub, browser, LogType::LoginSucceeded, now, description);
    if let Some(asked) = &asked {
        log.details.insert("replaced_user_id".into(), asked.clone().into());
    }
    let log = record::with_parties(log, client, connection.as_deref(), Some(&user));
    journal::trace(&log);
    let previous_hash = browser.session_token.as_ref().map(|token| digest::sha256_base64url(token.reveal()));
    let (once, until) = (decision_of(&login), login.expires_at());
    let written = hub
        .store
        .write(move |tx| {
            if !tx.finish_login(&once, until)? {
                return Err(NotSwitched::AlreadyUsed);
            }
            if tx.find_session(&opened.id)?.is_none() {
                return Err(NotSwitched::Gone);
            }
            let previous = find_previous(tx, previous_hash.as_deref())?;
            let is_asked = |previous: &Session| asked.as_ref() == Some(&previous.user_id);
            if !previous.as_ref().is_some_and(is_asked)
                && of_somebody_else(tx, previous.as_ref(), &user, now)?
            {
                return Err(NotSwitched::NotAsked);
            }
            let session = open_waiting(tx, &opened, previous, &log.request_id)?;
            tx.add_log_entries(std::slice::from_ref(&log))?;
            Ok(session.id)
        })
        .await;
    let session_id = match written {
        Ok(session_id) => session_id,
        Err(NotSwitched::Store(error)) => return Err(error.into()),
        Err(NotSwitched::AlreadyUsed) => return Err(LoginError::AlreadyUsed),
        Err(NotSwitched::Gone) => return lose_waiting(hub, &login, client, browser, now),
        // The page asks again, now the person who is signed in.
        Err(NotSwitched::NotAsked) => return Box::pin(continue_login(hub, login, browser)).await,
    };
    hub.courier.wake();
    let choice = connection.as_ref().and_then(|connection| {
        hub.metrics.login(&connection.name, "success");
        remembered_choice::after_sign_in(hub, &login, connection, browser, now)
    });
    let next = login.switch(session_id).map_err(|_| LoginError::AlreadyUsed)?;
    let with_session = Browser { session_token: Some(token.clone()), ..browser.clone() };
    let mut outcome = Box::pin(continue_login(hub, next, &with_session)).await?;
    outcome.cookies.keep_session = Some(token);
    outcome.cookies.choice = choice;
    Ok(outcome)
}

/// Who was signed in stays: who has waited is gone.
async fn drop_waiting(
    hub: &Hub,
    login: &Login,
    proven: &Proven,
    asked: &str,
    browser: &Browser,
    now: Timestamp,
) -> Result<(), LoginError> {
    let description = "another person who is signed in on this browser stays";
    let mut entry = record::failure(hub, browser, LogType::LoginFailed, now, description);
    entry.name(&hub.directory.client(&login.request.client_id).await?);
    if let Some(waiting) = find_waiting(hub, login, now).await? {
        entry.name(&waiting.connection);
        entry.name(&waiting.user);
    }
    entry.details.insert("signed_in_user_id".into(), asked.into());
    let (once, until, session_id) = (decision_of(login), login.expires_at(), proven.session_id.clone());
    let is_first = hub
        .store
        .write(move |tx| {
            let is_first = tx.finish_login(&once, until)?;
            if is_first {
                tx.remove_session(&session_id)?;
            }
            Ok::<_, StoreError>(is_first)
        })
        .await?;
    if !is_first {
        return Err(LoginError::AlreadyUsed);
    }
    hub.journal.note(entry);
    Ok(())
}

/// The choice is made once, whatever it was.
fn decision_of(login: &Login) -> String {
    format!("{}:person", login.id)
}
