//! Somebody with a link becomes an administrator: a classic account at the hub's own connection, and the note that this
//! user manages the hub.

use std::sync::Arc;

use serde_json::{Map, json};

use crate::crypto::digest;
use crate::domain::administrator::{
    AdministratorTicket, Invited, NewAdministrator, SetUpForm, SetUpProblem, new_administrator,
};
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::built_in::{
    ADMINISTRATORS_CONNECTION_ID, ADMINISTRATORS_CONNECTION_NAMES, administrators_connection,
};
use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::locale::Locale;
use crate::domain::user::{LocalAccount, User};
use crate::domain::user_parse::NewUser;
use crate::flows::guesses::{Guessed, TooManyGuesses};
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::flows::logout::end_sessions_of_user;
use crate::flows::manage::{ClassicPerson, ManageError};
use crate::flows::password_hashing::{self, NotHashed};
use crate::store::{StoreError, Tx};

/// Why nobody was made an administrator. The link is as good as before, if it ever was.
#[derive(Debug, thiserror::Error)]
pub enum NotSetUp {
    #[error("the link is unknown, was used, has expired, or a newer one was made")]
    UnknownTicket,
    #[error("the form is not complete")]
    Problems(Vec<SetUpProblem>),
    #[error(transparent)]
    Hash(#[from] NotHashed),
    /// Too many links were wrong: this one was not looked at.
    #[error(transparent)]
    TooMany(#[from] TooManyGuesses),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the link with this token is for, if it is good. Looking uses nothing up: programs that preview links do no harm.
///
/// # Errors
/// [`NotSetUp::TooMany`], [`NotSetUp::Store`].
pub async fn find_invitation(
    hub: &Hub,
    token: &str,
    origin: &Origin,
) -> Result<Option<AdministratorTicket>, NotSetUp> {
    let guess = hub.guesses.admit(Guessed::Ticket, origin)?;
    let (hash, now) = (digest::sha256_base64url(token), hub.clock.now());
    let found = hub.store.read(move |tx| tx.find_administrator_ticket(&hash, now)).await?;
    if found.is_some() {
        guess.was_right();
    }
    Ok(found)
}

/// Makes the person of `form` an administrator, who is written to in `language` from now on, and uses the link up.
///
/// # Errors
/// [`NotSetUp`].
pub async fn set_up_administrator(
    hub: &Hub,
    token: &str,
    form: SetUpForm,
    language: Locale,
    origin: &Origin,
) -> Result<User, NotSetUp> {
    let now = hub.clock.now();
    // First of all: strangers make us hash nothing.
    let ticket = find_invitation(hub, token, origin).await?.ok_or(NotSetUp::UnknownTicket)?;
    let wanted = new_administrator(&ticket.invited, form).map_err(NotSetUp::Problems)?;
    let password_hash =
        password_hashing::hash(origin.network(), wanted.password.clone(), &hub.random).await?;
    let suffix = hub.random.alphanumeric(12);
    let log = LogEntry::new(now, &suffix, LogType::ManagementWrite, "Become an administrator", origin);
    // The name of the connection is the only thing that the transaction may find to be another.
    let connection = administrators_connection(ADMINISTRATORS_CONNECTION_NAMES[0], now);
    let person = ClassicPerson::new(hub, &connection, new_user(wanted.clone()), password_hash.clone(), now);
    let attempt = Arc::new(Attempt {
        token_hash: ticket.token_hash,
        wanted,
        password_hash,
        person,
        issuer: hub.issuer.as_str().to_owned(),
        log,
        language,
        now,
    });
    let (user, log) = hub.store.write(move |tx| attempt.make(tx)).await?;
    journal::trace(&log);
    hub.courier.wake();
    hub.directory.forget();
    Ok(user)
}

/// Everything the transaction needs, so that it can be repeated.
struct Attempt {
    token_hash: String,
    wanted: NewAdministrator,
    password_hash: String,
    person: ClassicPerson,
    issuer: String,
    log: LogEntry,
    language: Locale,
    now: Timestamp,
}

impl Attempt {
    fn make(&self, tx: &mut Tx<'_>) -> Result<(User, LogEntry), NotSetUp> {
        let ticket =
            tx.take_administrator_ticket(&self.token_hash, self.now)?.ok_or(NotSetUp::UnknownTicket)?;
        let connection = ensure_connection(tx, self.now)?;
        let mut log = self.log.clone();
        let user = match tx.find_local_account(&connection.id, &self.wanted.email)? {
            None => {
                self.person.add(tx).map_err(taken)?;
                self.person.user.clone()
            }
            Some(account) if ticket.invited == Invited::Address(self.wanted.email.clone()) => {
                log.description = "Set a new password as an administrator".into();
                self.let_in_again(tx, &account)?
            }
            Some(_) => return Err(NotSetUp::Problems(vec![SetUpProblem::EmailTaken])),
        };
        tx.add_administrator(&user.user_id, self.language, self.now)?;
        log.name(&connection);
        log.name(&user);
        tx.add_log_entries(std::slice::from_ref(&log))?;
        Ok((user, log))
    }

    /// The account gets the new password and name, and whoever used the old one is signed out.
    fn let_in_again(&self, tx: &mut Tx<'_>, account: &LocalAccount) -> Result<User, NotSetUp> {
        let found = tx.find_identity_with_user(&account.connection_id, &self.issuer, &account.id)?;
        let Some((_, user)) = found else {
            // An account that leads to nobody: the hub has another address now, or its user is gone.
            tx.remove_local_account(&account.connection_id, &account.id)?;
            self.person.add(tx).map_err(taken)?;
            return Ok(self.person.user.clone());
        };
        let mut account = account.clone();
        account.password_hash.clone_from(&self.password_hash);
        account.profile.insert("name".into(), json!(self.wanted.name));
        tx.change_local_account(&account)?;
        let mut user = User { updated_at: self.now, ..user };
        user.profile.insert("name".into(), json!(self.wanted.name));
        tx.change_user(&user)?;
        tx.set_blocked(&user.user_id, false, self.now)?;
        end_sessions_of_user(tx, &user.user_id, &self.log.request_id, self.now)?;
        Ok(user)
    }
}

/// The connection of administrators, made now if this is the first.
fn ensure_connection(tx: &mut Tx<'_>, now: Timestamp) -> Result<Connection, StoreError> {
    if let Some(found) = tx.find_connection(ADMINISTRATORS_CONNECTION_ID)? {
        return Ok(found);
    }
    let [usual, other] = ADMINISTRATORS_CONNECTION_NAMES;
    let name = if tx.find_connection_by_name(usual)?.is_some() { other } else { usual };
    let connection = administrators_connection(name, now);
    tx.add_connection(&connection)?;
    Ok(connection)
}

/// Brings the connection of administrators, where there is one, in step with this program.
///
/// # Errors
/// [`StoreError`].
pub(in crate::flows) fn bring_connection_in_step(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
    let Some(current) = tx.find_connection(ADMINISTRATORS_CONNECTION_ID)? else { return Ok(()) };
    let wanted = Connection {
        created_at: current.created_at,
        updated_at: current.updated_at,
        version: current.version,
        ..administrators_connection(&current.name, now)
    };
    if wanted != current {
        tx.change_connection(&Connection { updated_at: now, ..wanted })?;
    }
    Ok(())
}

fn new_user(wanted: NewAdministrator) -> NewUser {
    let NewAdministrator { email, name, password } = wanted;
    let profile = Map::from_iter([
        ("name".to_owned(), json!(name)),
        // Nobody has shown that it is theirs.
        ("email_verified".to_owned(), json!(false)),
    ]);
    NewUser {
        connection: ADMINISTRATORS_CONNECTION_NAMES[0].to_owned(),
        email,
        password,
        profile,
        user_metadata: Map::new(),
        app_metadata: Map::new(),
        is_blocked: false,
    }
}

/// Somebody else took the address meanwhile.
fn taken(error: ManageError) -> NotSetUp {
    match error {
        ManageError::Store(error) => error.into(),
        _ => NotSetUp::Problems(vec![SetUpProblem::EmailTaken]),
    }
}
