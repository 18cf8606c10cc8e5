//! Who this is: the user behind (connection, issuer, subject), made at the first login.
//!
//! E-mail is never looked at. What one connection asserts can therefore never reach another's user.

use serde_json::{Map, Value};

use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::profile::{ProfileTooLarge, SyncDecision, kept_in_step, sync_profile};
use crate::domain::user::{Identity, User};
use crate::store::{StoreError, Tx};

/// A person as mapped.
pub(super) struct Arrived {
    pub issuer: String,
    pub subject: String,
    pub profile: Map<String, Value>,
    pub ip: String,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum NotIdentified {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "not-provisioned: there is no user for this person, and the connection does not create users at login"
    )]
    NotProvisioned,
    /// For instance: the connection was pointed at another issuer, or deleted and made again by the same name.
    #[error(
        "user-id-taken: the user id {0} is, or was, that of a person of another issuer or an earlier connection, and is given \
         to nobody else; make another connection with another name for this provider"
    )]
    UserIdTaken(String),
    #[error(transparent)]
    ProfileTooLarge(ProfileTooLarge),
}

/// Finds the person's user, or makes it; brings the profile in step and counts the login.
pub(super) fn identify_user(
    tx: &mut Tx<'_>,
    connection: &Connection,
    arrived: &Arrived,
    now: Timestamp,
) -> Result<User, NotIdentified> {
    let find =
        |tx: &mut Tx<'_>| tx.find_identity_with_user(&connection.id, &arrived.issuer, &arrived.subject);
    let user_id = connection.user_id_for(&arrived.subject);
    let mut known = find(tx)?;
    let mut is_taken = known.is_none() && tx.find_user(&user_id)?.is_some();
    if is_taken {
        // By the same person, whose first login in another window has just ended? User and identity come together.
        known = find(tx)?;
        is_taken = known.is_none();
    }
    if known.is_none() && !is_taken {
        is_taken = was_another(tx, &user_id, &arrived.issuer, &arrived.subject)?;
    }
    let (identity, existing) = known.unzip();
    let decision = sync_profile(&connection.options, existing.as_ref(), arrived.profile.clone());
    let (user, is_new) = match (decision, existing) {
        (SyncDecision::RefuseNotProvisioned, _) => return Err(NotIdentified::NotProvisioned),
        (SyncDecision::RefuseTooLarge(error), _) => return Err(NotIdentified::ProfileTooLarge(error)),
        (SyncDecision::Create(_), _) if is_taken => return Err(NotIdentified::UserIdTaken(user_id)),
        (SyncDecision::Create(profile), _) => (new_user(user_id, profile, now), true),
        (SyncDecision::Update(profile), Some(user)) => {
            let profile = kept_in_step(&connection.options, &profile, &arrived.profile).unwrap_or(profile);
            (User { profile, updated_at: now, ..user }, false)
        }
        (SyncDecision::Keep, Some(user)) => {
            match kept_in_step(&connection.options, &user.profile, &arrived.profile) {
                Some(profile) => (User { profile, updated_at: now, ..user }, false),
                None => (user, false),
            }
        }
        (SyncDecision::Update(_) | SyncDecision::Keep, None) => return Err(NotIdentified::NotProvisioned),
    };
    let user = User {
        last_login_at: Some(now),
        last_ip: Some(arrived.ip.clone()),
        logins_count: user.logins_count.saturating_add(1),
        ..user
    };
    if is_new {
        tx.add_user(&user)?;
    } else {
        tx.record_login(&user)?;
    }
    match identity {
        None => tx.add_identity(&Identity {
            connection_id: connection.id.clone(),
            issuer: arrived.issuer.clone(),
            subject: arrived.subject.clone(),
            user_id: user.user_id.clone(),
            profile: arrived.profile.clone(),
            created_at: now,
            updated_at: now,
        })?,
        Some(identity) if identity.profile != arrived.profile => {
            tx.change_identity_profile(&Identity {
                profile: arrived.profile.clone(),
                updated_at: now,
                ..identity
            })?;
        }
        Some(_) => {}
    }
    Ok(user)
}

/// Whether the user id was that of another person, who was removed (OpenID Connect Core §2: `sub` is never reassigned).
pub(in crate::flows) fn was_another(
    tx: &mut Tx<'_>,
    user_id: &str,
    issuer: &str,
    subject: &str,
) -> Result<bool, StoreError> {
    Ok(tx.find_removed_user(user_id)?.is_some_and(|removed| !removed.was(issuer, subject)))
}

fn new_user(user_id: String, profile: Map<String, Value>, now: Timestamp) -> User {
    User {
        user_id,
        profile,
        user_metadata: Map::new(),
        app_metadata: Map::new(),
        is_blocked: false,
        created_at: now,
        updated_at: now,
        last_login_at: None,
        last_ip: None,
        logins_count: 0,
        version: 1,
    }
}
