//! Tokens that let their holders register applications (RFC 7591 §3) are made and taken back.

use serde_json::{Map, Value};

use super::commit::commit;
use super::record::{self, Target};
use super::{Actor, ManageError, Resource};
use crate::crypto::digest;
use crate::domain::client_registration::{InitialAccessToken, RegistrationPolicy, read_token_terms};
use crate::domain::limits;
use crate::domain::secret::Secret;
use crate::flows::hub::Hub;

const RESOURCE: Resource = Resource::InitialAccessToken;

/// A token with its value, which is never seen again.
#[derive(Clone, Debug)]
pub struct NewInitialAccessToken {
    pub token: InitialAccessToken,
    pub value: Secret,
}

/// Makes a token for as many applications, and for as long, as `body` says.
///
/// # Errors
/// [`ManageError::Invalid`]; [`ManageError::NotSupported`] while nobody may register applications.
pub async fn create_initial_access_token(
    hub: &Hub,
    actor: &Actor,
    body: &Map<String, Value>,
) -> Result<NewInitialAccessToken, ManageError> {
    match hub.registration {
        RegistrationPolicy::InitialAccessToken => {}
        RegistrationPolicy::Off => {
            return Err(ManageError::NotSupported(
                "Applications cannot register themselves here: set VESTIBULE_CLIENT_REGISTRATION to \
                 initial_access_token first",
            ));
        }
    }
    let (count, lifetime_seconds) = read_token_terms(body).map_err(ManageError::Invalid)?;
    let now = hub.clock.now();
    let value = Secret::new(hub.random.token());
    let token = InitialAccessToken {
        id: format!("iat_{}", hub.random.alphanumeric(limits::INITIAL_ACCESS_TOKEN_ID_CHARACTERS)),
        token_hash: digest::sha256_base64url(value.reveal()),
        count,
        remaining: count,
        created_at: now,
        expires_at: now.plus_seconds(lifetime_seconds),
    };
    let entry = record::change(hub, actor, "Create an initial access token");
    let made = token.clone();
    commit(hub, RESOURCE, entry, move |tx, entry| {
        record::name(entry, Target::InitialAccessToken(&token.id));
        Ok(tx.add_initial_access_token(&token)?)
    })
    .await?;
    Ok(NewInitialAccessToken { token: made, value })
}

/// Takes a token back. What it registered stays.
///
/// # Errors
/// [`ManageError::NotFound`].
pub async fn remove_initial_access_token(hub: &Hub, actor: &Actor, id: &str) -> Result<(), ManageError> {
    let entry = record::change(hub, actor, "Delete an initial access token");
    let id = id.to_owned();
    commit(hub, RESOURCE, entry, move |tx, entry| {
        record::name(entry, Target::InitialAccessToken(&id));
        match tx.remove_initial_access_token(&id)? {
            true => Ok(()),
            false => Err(ManageError::NotFound(RESOURCE)),
        }
    })
    .await
}
