//! A classic account signs in with its password.

use serde_json::json;

use crate::domain::audit::LogType;
use crate::domain::connection::Strategy;
use crate::domain::home_realm::EmailDomain;
use crate::domain::limits;
use crate::domain::login::Progress;
use crate::domain::secret::Secret;
use crate::flows::guesses::{Guessed, TooManyGuesses};
use crate::flows::hub::Hub;
use crate::upstream::Arrival;

use super::browser::{Browser, Outcome, ScreenError, open_login};
use super::continue_login::{continue_login, continue_with};
use super::sign_in::sign_in;
use super::{LoginError, known_browser, record};

/// Checks an e-mail address and password. The answer, and the time it takes, are the same for an unknown
/// address and a wrong password.
///
/// # Errors
/// [`LoginError`].
pub async fn sign_in_with_password(
    hub: &Hub,
    login_id: &str,
    email: &str,
    password: Secret,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let now = hub.clock.now();
    let mut login = open_login(hub, browser, login_id, now).await?;
    let Progress::ConnectionChosen { connection_id } = &login.progress else {
        return continue_login(hub, login, browser).await;
    };
    let client = hub.directory.client(&login.request.client_id).await?.ok_or(LoginError::UnknownClient)?;
    let connection = hub.directory.connection(connection_id).await?;
    let is_allowed = login.admits(connection.as_deref(), &client).is_ok();
    let Some(connection) =
        connection.filter(|connection| is_allowed && connection.strategy == Strategy::Local)
    else {
        return continue_login(hub, login, browser).await;
    };
    let Ok((email, _)) = EmailDomain::of(email) else {
        return continue_with(hub, login, browser, Some(ScreenError::WrongCredentials)).await;
    };
    login.typed_email = Some(email.clone());
    if password.reveal().is_empty() {
        return continue_with(hub, login, browser, Some(ScreenError::PasswordMissing)).await;
    }
    let lookup = (connection.id.clone(), email.clone());
    let account = hub.store.read(move |tx| tx.find_local_account(&lookup.0, &lookup.1)).await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let known = known_browser::name_at(hub, browser, account.as_ref(), now);
    let whose = format!("{} {email}", connection.id);
    let guess = hub.guesses.admit_at(Guessed::Password, &browser.origin, &whose, known.as_deref());
    let checked = match guess {
        Ok(guess) => match hub.password_gate.is_right(browser.origin.network(), hash, password).await {
            Ok(true) => {
                guess.was_right();
                Ok(account)
            }
            Ok(false) => Ok(None),
            Err(_) => {
                guess.is_none();
                Err((
                    limits::PASSWORD_HASH_RETRY_SECONDS,
                    "more passwords are being checked than there is time for",
                ))
            }
        },
        Err(TooManyGuesses { seconds }) => {
            Err((seconds, "too many wrong passwords: this one was not looked at"))
        }
    };
    let (account, refused) = match checked {
        Ok(account) => (account, None),
        Err(refused) => (None, Some(refused)),
    };
    let Some(account) = account else {
        let (log_type, words, problem) = match refused {
            Some((seconds, words)) => {
                (LogType::TooManyAttempts, words, ScreenError::TooManyAttempts { seconds })
            }
            None => {
                (LogType::WrongPassword, "wrong e-mail address or password", ScreenError::WrongCredentials)
            }
        };
        let entry = record::failure(hub, browser, log_type, now, words);
        let mut entry = record::with_parties(entry, &client, Some(&connection), None);
        entry.details.insert("said_email".into(), email.into());
        hub.journal.note(entry);
        hub.metrics.login(&connection.name, "wrong-password");
        return continue_with(hub, login, browser, Some(problem)).await;
    };
    let mut claims = account.profile.clone();
    claims.insert("email".into(), json!(account.email));
    let known_accounts = known_browser::with(hub, browser, &account, now);
    let proven = Arrival {
        session_expires_at: None,
        tokens: None,
        sid: None,
        issuer: hub.issuer.as_str().to_owned(),
        subject: account.id,
        claims,
        userinfo: None,
        auth_time: Some(now),
        acr: None,
        amr: vec!["pwd".into()],
    };
    let mut outcome = sign_in(hub, login, client, connection, proven, browser).await?;
    outcome.cookies.known_accounts = known_accounts;
    Ok(outcome)
}
