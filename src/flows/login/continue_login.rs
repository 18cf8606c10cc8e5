//! Asks what comes next in a login, and does it.

use std::sync::Arc;

use crate::crypto::digest;
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, Strategy};
use crate::domain::limits;
use crate::domain::login::{Login, Progress};
use crate::domain::next_step::Step;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::flows::hub::Hub;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::store::StoreError;

use super::browser::{
    Browser, ConnectionChoice, Outcome, Screen, ScreenError, ScreenKind, View, keep, open_login, seal_login,
};
use super::choose_connection::Offers;
use super::consent::consent_screen;
use super::find_realm::route;
use super::find_step::find_step;
use super::refuse::{Parties, refuse};
use super::send_to_provider::send_to_provider;
use super::switch_person::{lose_waiting, switch_screen, take_place};
use super::{LoginError, issue_answer};

/// Somebody who is signed in, with everything that decides what the session is good for.
pub(in crate::flows) struct SignedIn {
    pub session: Session,
    pub user: User,
    pub connection: Option<Arc<Connection>>,
}

/// Shows where a login stands: after a reload, the way back from another page, or a change of language.
///
/// `is_first_page`: the browser asks for the page with the e-mail field. Somebody who had gone on from there
/// came back by the browser's button, and finds what they typed. `wanted`: part of the name of a button, which the person
/// looks for on that page.
///
/// # Errors
/// [`LoginError`].
pub async fn show(
    hub: &Hub,
    login_id: &str,
    ui_locales: Option<&str>,
    is_first_page: bool,
    wanted: Option<&str>,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let mut login = open_login(hub, browser, login_id, hub.clock.now()).await?;
    if let Some(chosen) = ui_locales {
        login.request.ui_locales = Some(chosen.chars().take(limits::LOCALES_CHARACTERS).collect());
    }
    let has_gone_on = match login.progress {
        Progress::Accepted => login.typed_email.is_some(),
        Progress::ConnectionChosen { .. } => true,
        Progress::AtProvider(_) | Progress::Proven(_) | Progress::SignedIn { .. } => false,
    };
    let is_looking = wanted.is_some() && matches!(login.progress, Progress::Accepted);
    // Where the application has asked for a connection, there is nothing to go back to.
    if login.is_choice_free() && (is_looking || is_first_page && has_gone_on) {
        let client =
            hub.directory.client(&login.request.client_id).await?.ok_or(LoginError::UnknownClient)?;
        let kind = identify_screen(hub, &client, &login, None, wanted).await?;
        return screen(hub, login, &client, kind, browser).await;
    }
    continue_login(hub, login, browser).await
}

/// Goes on with `login`.
///
/// # Errors
/// [`LoginError`].
pub(super) async fn continue_login(
    hub: &Hub,
    login: Login,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    continue_with(hub, login, browser, None).await
}

/// Goes on with `login`; if it comes to the page that `problem` is about, that says so.
pub(super) async fn continue_with(
    hub: &Hub,
    login: Login,
    browser: &Browser,
    problem: Option<ScreenError>,
) -> Result<Outcome, LoginError> {
    let now = hub.clock.now();
    let client = hub.directory.client(&login.request.client_id).await?.ok_or(LoginError::UnknownClient)?;
    let signed_in = find_signed_in(hub, browser, now).await?;
    let routing = route(hub, &client, &login, browser, now).await?;
    let parties = Parties { client: &client, connection: None };
    let step = find_step(hub, &client, &login, signed_in.as_ref(), &routing, now).await?;
    match (step, signed_in) {
        (Step::Refuse(error), _) => refuse(hub, &login, parties, &error, browser, now),
        (Step::IssueAnswer, Some(signed_in)) => {
            issue_answer::issue_answer(hub, login, &client, signed_in, browser).await
        }
        (Step::AskForAccount, Some(signed_in)) => {
            let user = &signed_in.user;
            let kind = ScreenKind::Account {
                display_name: user.display_name().to_owned(),
                email: user.email().unwrap_or_default().to_owned(),
                picture: user.text("picture").map(str::to_owned),
            };
            screen(hub, login, &client, kind, browser).await
        }
        (Step::AskForConsent, Some(signed_in)) => {
            let asked = consent_screen(hub, &client, &login, &signed_in.user).await?;
            let login = Login { consent_asked_of: Some(signed_in.user.user_id), ..login };
            screen(hub, login, &client, ScreenKind::Consent(Box::new(asked)), browser).await
        }
        (Step::AskToSwitch, Some(signed_in)) => {
            let Some(kind) = switch_screen(hub, &login, &signed_in).await? else {
                return lose_waiting(hub, &login, &client, browser, now);
            };
            let login = Login { switch_asked_of: Some(signed_in.user.user_id), ..login };
            screen(hub, login, &client, kind, browser).await
        }
        // Who is asked nothing takes nobody's place.
        (Step::Switch, _) => Box::pin(take_place(hub, login, &client, None, browser, now)).await,
        (Step::IssueAnswer | Step::AskForAccount | Step::AskToSwitch | Step::AskForConsent, None) => {
            Err(LoginError::Internal("a step for somebody signed in was computed for nobody"))
        }
        (Step::AskForConnection, _) => {
            let kind = identify_screen(hub, &client, &login, problem, None).await?;
            screen(hub, login, &client, kind, browser).await
        }
        (Step::AskToChoose(ids), _) => {
            let mut connections = Vec::with_capacity(ids.len());
            for id in &ids {
                connections.extend(hub.directory.connection(id).await?);
            }
            connections.sort_by(|one, other| one.name.cmp(&other.name));
            let kind = ScreenKind::Choose {
                email: typed_email(&login),
                connections: connections.iter().map(|connection| choice(connection)).collect(),
            };
            screen(hub, login, &client, kind, browser).await
        }
        (Step::AskToContinue(id), _) => {
            let connection = hub.directory.connection(&id).await?;
            let connection = connection.ok_or(LoginError::Internal("a connection is gone at once"))?;
            let kind = ScreenKind::Remembered { connection: choice(&connection) };
            screen(hub, login, &client, kind, browser).await
        }
        (Step::Authenticate(connection_id), _) => {
            authenticate(hub, login, &client, &connection_id, browser, problem).await
        }
    }
}

/// To the provider, or to the password page of a classic connection.
async fn authenticate(
    hub: &Hub,
    login: Login,
    client: &Client,
    connection_id: &str,
    browser: &Browser,
    problem: Option<ScreenError>,
) -> Result<Outcome, LoginError> {
    let connection = hub.directory.connection(connection_id).await?;
    let checked = login.admits(connection.as_deref(), client).map(drop);
    let (Some(connection), Ok(())) = (connection, checked) else {
        if let Some(refusal) = checked.err().filter(|_| !login.is_choice_free()) {
            let parties = Parties { client, connection: None };
            let error = OAuthError::new(ErrorCode::AccessDenied, refusal.to_string());
            return refuse(hub, &login, parties, &error, browser, hub.clock.now());
        }
        // Chosen a moment ago, and no longer possible: the person may choose again.
        let again = login.start_over().map_err(|_| LoginError::Internal("signed in, yet unauthenticated"))?;
        let kind =
            identify_screen(hub, client, &again, Some(ScreenError::NoConnectionForEmail), None).await?;
        return screen(hub, again, client, kind, browser).await;
    };
    match connection.strategy {
        Strategy::Oidc => send_to_provider(hub, login, client, &connection, browser).await,
        Strategy::Local => {
            let email = typed_email(&login);
            let error = problem.filter(|problem| problem.is_about_password());
            let chosen = login.choose(&connection, client)?;
            let kind = ScreenKind::Password { email, account_of: connection.display_name.clone(), error };
            screen(hub, chosen, client, kind, browser).await
        }
    }
}

async fn identify_screen(
    hub: &Hub,
    client: &Client,
    login: &Login,
    error: Option<ScreenError>,
    wanted: Option<&str>,
) -> Result<ScreenKind, LoginError> {
    let Offers { buttons, search, asks_email, asks_organization, account_of } =
        Offers::to(hub, client, wanted).await?;
    let error = error.filter(|problem| !problem.is_about_password());
    let email = typed_email(login);
    Ok(ScreenKind::Identify { email, error, buttons, search, asks_email, asks_organization, account_of })
}

fn typed_email(login: &Login) -> String {
    login.typed_email.clone().or_else(|| login.request.login_hint.clone()).unwrap_or_default()
}

pub(super) fn choice(connection: &Connection) -> ConnectionChoice {
    ConnectionChoice {
        name: connection.name.clone(),
        display_name: connection.display_name.clone(),
        icon_url: connection.logo_path().or_else(|| connection.options.icon_url.clone()),
    }
}

async fn screen(
    hub: &Hub,
    login: Login,
    client: &Client,
    kind: ScreenKind,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let sealed = seal_login(hub, &login, browser).await?;
    let screen = Screen {
        login_id: login.id,
        client_name: client.settings.name.clone(),
        client_logo: client.settings.logo_uri.clone(),
        ui_locales: login.request.ui_locales,
        kind,
    };
    Ok(Outcome { view: View::Screen(screen), cookies: keep(browser, sealed) })
}

/// Whoever is signed in on this browser, if the session is alive.
pub(in crate::flows) async fn find_signed_in(
    hub: &Hub,
    browser: &Browser,
    now: Timestamp,
) -> Result<Option<SignedIn>, LoginError> {
    let Some(token) = &browser.session_token else { return Ok(None) };
    let hash = digest::sha256_base64url(token.reveal());
    let found = hub
        .store
        .read(move |tx| {
            let Some(session) = tx.find_session_by_token_hash(&hash)? else { return Ok(None) };
            let user = tx.find_user(&session.user_id)?;
            Ok::<_, StoreError>(user.map(|user| (session, user)))
        })
        .await?;
    let Some((session, user)) = found.filter(|(session, _)| session.is_alive(now)) else { return Ok(None) };
    let connection = hub.directory.connection(&session.connection_id).await?;
    Ok(Some(SignedIn { session, user, connection }))
}
