//! Somebody has proven who they are: one transaction makes or finds the user, opens the session and, where
//! nothing else is to be asked, the grant behind the answer.

use std::sync::Arc;

use crate::crypto::digest;
use crate::domain::audit::{LogEntry, LogType};
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::grant::Grant;
use crate::domain::limits;
use crate::domain::login::{Login, NotTaken, Proven};
use crate::domain::next_step::{Circumstances, KnownSession, Routing, Step, next_step};
use crate::domain::policy;
use crate::domain::profile::{ClaimContext, FoundGroups, Ruled};
use crate::domain::secret::Secret;
use crate::domain::session::{ProviderSession, Session};
use crate::domain::upstream_tokens::UpstreamTokens;
use crate::domain::user::User;
use crate::flows::directory::Apis;
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::flows::subjects::Subjects;
use crate::flows::vouching::map_profile;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::store::{IdentityKey, StoreError, Tx};
use crate::upstream::Arrival;

use super::browser::{Browser, Outcome};
use super::consent::is_consent_needed;
use super::continue_login::continue_login;
use super::identify_user::{Arrived, NotIdentified, identify_user};
use super::issue_answer::{Drawn, Granted, draw};
use super::open_session::{find_previous, of_somebody_else, open_session};
use super::pushed_request;
use super::refuse::{Parties, refuse};
use super::{LoginError, record, remembered_choice};

/// Everything the transaction needs; drawn and mapped before it begins, so that it can be repeated.
struct Attempt {
    login: Login,
    client: Arc<Client>,
    connection: Arc<Connection>,
    subjects: Subjects,
    arrived: Arrived,
    tokens: Option<UpstreamTokens>,
    session: Session,
    previous_token_hash: Option<String>,
    drawn: Drawn,
    apis: Apis,
    log: LogEntry,
    now: Timestamp,
}

/// What the transaction did.
struct Recorded {
    login: Login,
    user: User,
    session: Session,
    /// Somebody else is signed in on this browser and is asked first.
    waits: bool,
    /// The grant behind the answer to the application; without one, a page comes first.
    grant: Option<Grant>,
}

#[derive(Debug, thiserror::Error)]
enum NotRecorded {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("this login has already been used")]
    AlreadyUsed,
    #[error(transparent)]
    NotIdentified(NotIdentified),
    #[error("{0}")]
    Refused(OAuthError),
}

impl From<NotIdentified> for NotRecorded {
    fn from(failure: NotIdentified) -> Self {
        match failure {
            NotIdentified::Store(error) => Self::Store(error),
            NotIdentified::NotProvisioned
            | NotIdentified::UserIdTaken(_)
            | NotIdentified::ProfileTooLarge(_) => Self::NotIdentified(failure),
        }
    }
}

/// Signs in whom a provider, or a classic account, has proven, and goes on with the login.
pub(super) async fn sign_in(
    hub: &Hub,
    login: Login,
    client: Arc<Client>,
    connection: Arc<Connection>,
    proven: Arrival,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let now = hub.clock.now();
    let parties = Parties { client: &client, connection: Some(&connection) };
    let context = ClaimContext::new(&connection, &proven.claims, proven.userinfo.as_ref());
    let (mapped, ruled) = match map_profile(&hub.directory, &connection, &context).await? {
        Ok(mapped) => mapped,
        Err(too_large) => {
            let error = OAuthError::new(ErrorCode::AccessDenied, too_large.to_string());
            return refuse(hub, &login, parties, &error, browser, now);
        }
    };
    let token = Secret::new(hub.random.token());
    let our_limit = now.plus_seconds(limits::SESSION_ABSOLUTE_SECONDS);
    let session = Session {
        id: hub.random.token(),
        token_hash: digest::sha256_base64url(token.reveal()),
        user_id: String::new(),
        connection_id: connection.id.clone(),
        auth_time: proven.auth_time.unwrap_or(now).min(now),
        acr: proven.acr,
        amr: proven.amr,
        provider_session: proven.sid.map(|sid| ProviderSession { issuer: proven.issuer.clone(), sid }),
        created_at: now,
        last_active_at: now,
        expires_at: proven.session_expires_at.map_or(our_limit, |theirs| theirs.min(our_limit)),
    };
    let mut log = record::failure(hub, browser, LogType::LoginSucceeded, now, "signed in");
    note_rules(&mut log, &ruled, &connection);
    if !mapped.missing.is_empty() {
        let missing: Vec<String> = mapped
            .missing
            .iter()
            .map(|missing| format!("{} (for {})", missing.claim, missing.attribute))
            .collect();
        log.details.insert("missing_claims".into(), missing.into());
    }
    if !mapped.dropped.is_empty() {
        let dropped: Vec<String> =
            mapped.dropped.iter().map(|one| format!("{}: {}", one.attribute, one.reason)).collect();
        log.details.insert("dropped_attributes".into(), dropped.into());
    }
    let attempt = Arc::new(Attempt {
        tokens: proven.tokens,
        arrived: Arrived {
            issuer: proven.issuer,
            subject: proven.subject,
            profile: mapped.profile,
            ip: browser.origin.ip.to_string(),
        },
        login: login.clone(),
        client: Arc::clone(&client),
        connection: Arc::clone(&connection),
        subjects: hub.subjects.clone(),
        session,
        previous_token_hash: browser
            .session_token
            .as_ref()
            .map(|token| digest::sha256_base64url(token.reveal())),
        drawn: draw(hub),
        apis: hub.directory.apis(),
        log,
        now,
    });
    let for_tx = Arc::clone(&attempt);
    match hub.store.write(move |tx| record_sign_in(tx, &for_tx)).await {
        Ok(recorded) => arrive(hub, &attempt, recorded, token, browser).await,
        Err(NotRecorded::Store(error)) => Err(error.into()),
        Err(NotRecorded::AlreadyUsed) => Err(LoginError::AlreadyUsed),
        Err(NotRecorded::NotIdentified(refusal)) => {
            let error = OAuthError::new(ErrorCode::AccessDenied, refusal.to_string());
            refuse(hub, &login, parties, &error, browser, now)
        }
        Err(NotRecorded::Refused(error)) => refuse(hub, &login, parties, &error, browser, now),
    }
}

/// What the connection's own rules changed or missed.
fn note_rules(log: &mut LogEntry, ruled: &Ruled, connection: &Connection) {
    if let Some(reason) = &ruled.not_verified {
        log.details.insert("email_verified".into(), reason.words().into());
    }
    let claim = connection.options.groups_claim.as_deref().unwrap_or_default();
    let words = match ruled.groups {
        None | Some(FoundGroups::Taken) => return,
        Some(FoundGroups::Missing) => {
            format!("the claim {claim} was in no answer: the person has no groups")
        }
        Some(FoundGroups::TooManyToSend) => format!(
            "the provider has more groups than it sends in {claim}, and sent none: the person has no groups; let it \
             send only those assigned to this application"
        ),
    };
    log.details.insert("groups".into(), words.into());
}

fn record_sign_in(tx: &mut Tx<'_>, attempt: &Attempt) -> Result<Recorded, NotRecorded> {
    let Attempt { client, connection, now, .. } = attempt;
    // First of all: an answer replayed in the same browser must not sign in twice.
    if !tx.finish_login(&attempt.login.id, attempt.login.expires_at())? {
        return Err(NotRecorded::AlreadyUsed);
    }
    let user = identify_user(tx, connection, &attempt.arrived, *now)?;
    if let Some(tokens) = &attempt.tokens {
        let key = IdentityKey {
            connection_id: connection.id.clone(),
            issuer: attempt.arrived.issuer.clone(),
            subject: attempt.arrived.subject.clone(),
        };
        tx.keep_upstream_tokens(&key, tokens, *now)?;
    }
    let previous = find_previous(tx, attempt.previous_token_hash.as_deref())?;
    // Only who chose another account on a page of ours has been asked: what a link says is no choice of theirs.
    let waits = !attempt.login.wants_other_account && of_somebody_else(tx, previous.as_ref(), &user, *now)?;
    let session = if waits {
        let expires_at = attempt.session.expires_at.min(attempt.login.expires_at());
        let waiting = Session { user_id: user.user_id.clone(), expires_at, ..attempt.session.clone() };
        tx.add_session(&waiting)?;
        waiting
    } else {
        open_session(tx, &attempt.session, &user, previous, &attempt.log.request_id)?
    };
    let login = attempt.login.clone().sign_in(connection, client, session.id.clone()).map_err(not_taken)?;
    let subject = attempt.subjects.of(client, &user.user_id);
    let api = match &login.request.audience {
        Some(audience) => attempt.apis.find(tx, audience)?,
        None => None,
    };
    let is_administrator =
        api.as_ref().is_some_and(|api| api.is_system) && tx.is_administrator(&user.user_id)?;
    let may_reach_api = policy::may_have_tokens_for(api.as_deref(), is_administrator);
    let person = (&user, subject.as_str());
    let seen = Circumstances {
        session: Some(KnownSession::of(&session, person, Some(connection), &login, client, may_reach_api)),
        routing: &Routing::Ask,
        is_response_allowed: login.may_be_answered(client),
        is_consent_needed: is_consent_needed(tx, client, api.as_deref(), &login, &user)?,
        now: *now,
    };
    let grant = match next_step(&login, &seen) {
        Step::Refuse(error) => return Err(NotRecorded::Refused(error)),
        _ if waits => None,
        Step::IssueAnswer => {
            if !pushed_request::use_up(tx, login.pushed_request.as_deref(), *now)? {
                return Err(NotRecorded::AlreadyUsed);
            }
            let grant = attempt.drawn.grant(&login, &session, *now);
            tx.add_grant(&grant)?;
            if client.wants_logout_notice() {
                tx.add_session_client(&session.id, &client.client_id)?;
            }
            Some(grant)
        }
        Step::AskForConsent
        | Step::AskForAccount
        | Step::AskToSwitch
        | Step::Switch
        | Step::AskForConnection
        | Step::AskToChoose(_)
        | Step::AskToContinue(_)
        | Step::Authenticate(_) => None,
    };
    let login = if waits {
        let proven = Proven {
            user_id: user.user_id.clone(),
            session_id: session.id.clone(),
            session_expires_at: attempt.session.expires_at,
        };
        attempt.login.clone().wait(proven)
    } else {
        login
    };
    tx.add_log_entries(&[log_of(attempt, &user, waits)])?;
    Ok(Recorded { login, user, session, waits, grant })
}

fn not_taken(reason: NotTaken) -> NotRecorded {
    match reason {
        NotTaken::WrongStep(_) => NotRecorded::AlreadyUsed,
        NotTaken::Refused(refusal) => {
            NotRecorded::Refused(OAuthError::new(ErrorCode::AccessDenied, refusal.to_string()))
        }
    }
}

fn log_of(attempt: &Attempt, user: &User, waits: bool) -> LogEntry {
    let log =
        record::with_parties(attempt.log.clone(), &attempt.client, Some(&attempt.connection), Some(user));
    if !waits {
        return log;
    }
    let description =
        "proved who they are; somebody else is signed in on this browser, and is asked first".into();
    LogEntry { log_type: LogType::LoginWarning.code().into(), description, ..log }
}

/// After the transaction: the answer, or the page that comes first.
async fn arrive(
    hub: &Hub,
    attempt: &Attempt,
    recorded: Recorded,
    token: Secret,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    journal::trace(&log_of(attempt, &recorded.user, recorded.waits));
    if recorded.waits {
        hub.metrics.login(&attempt.connection.name, "waiting");
        return continue_login(hub, recorded.login, browser).await;
    }
    if attempt.previous_token_hash.is_some() {
        // Somebody else's session may have ended.
        hub.courier.wake();
    }
    hub.metrics.login(&attempt.connection.name, "success");
    let mut outcome = match recorded.grant {
        Some(grant) => {
            let granted = Granted {
                grant,
                session: &recorded.session,
                user: &recorded.user,
                connection: Some(&attempt.connection),
                client: &attempt.client,
            };
            attempt.drawn.outcome(hub, &recorded.login, granted, attempt.now).await?
        }
        None => {
            let with_session = Browser { session_token: Some(token.clone()), ..browser.clone() };
            continue_login(hub, recorded.login, &with_session).await?
        }
    };
    outcome.cookies.keep_session = Some(token);
    outcome.cookies.choice =
        remembered_choice::after_sign_in(hub, &attempt.login, &attempt.connection, browser, attempt.now);
    Ok(outcome)
}
