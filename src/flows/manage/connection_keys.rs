//! The keys of a connection that proves at its provider who it is (`private_key_jwt`): made when they are needed or asked
//! for, and rotated.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::built_in::find_changeable;
use super::commit::commit;
use super::record::{self, Target};
use super::{Actor, ManageError, Resource};
use crate::crypto::signing::{KeyType, SigningError};
use crate::domain::clock::Timestamp;
use crate::domain::connection::{
    Connection, assertion_algorithm, assertion_key_type, keys_are_of, needed_key_type, rotated_keys,
};
use crate::domain::fields::Fields;
use crate::domain::signing_key::{KeyStatus, StoredSigningKey};
use crate::flows::hub::Hub;
use crate::flows::keys::new_key;
use crate::store::{StoreError, Tx};

/// A current and a next key.
pub(super) type NewKeys = Arc<Vec<StoredSigningKey>>;

/// Makes keys of a connection that has none yet: the provider can be told of them before `token_endpoint_auth_method` is
/// changed. `body` may name the algorithm (`signing_alg`).
///
/// # Errors
/// [`ManageError::Invalid`], [`ManageError::NotFound`]; [`ManageError::Conflict`] if there are keys.
pub async fn create_connection_keys(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    body: &Map<String, Value>,
) -> Result<(), ManageError> {
    let mut fields = Fields::new(body, "");
    let algorithm = assertion_algorithm(&mut fields, "signing_alg");
    let mut problems = Vec::new();
    fields.finish(&mut problems);
    if !problems.is_empty() {
        return Err(ManageError::Invalid(problems));
    }
    let current = find(hub, id).await?;
    let algorithm = algorithm.unwrap_or(current.options.token_endpoint_auth_signing_alg);
    let new = new_keys(assertion_key_type(algorithm), hub.clock.now()).await?;
    let entry = record::touching(record::change(hub, actor, "Create the keys of a connection"), body);
    let wanted = id.to_owned();
    commit(hub, Resource::Connection, entry, move |tx, entry| {
        let connection = find_changeable(tx, &wanted)?;
        record::name(entry, Target::Connection(&connection));
        if !tx.keys_of_connection_for_change(&connection.id)?.is_empty() {
            return Err(ManageError::Conflict {
                resource: Resource::Connection,
                message: "The connection has keys already: rotate them instead".into(),
            });
        }
        Ok(tx.replace_keys_of_connection(&connection.id, &new)?)
    })
    .await?;
    hub.directory.forget_connection(id);
    Ok(())
}

/// The next key of a connection signs from now on, and the current one never again.
///
/// # Errors
/// [`ManageError::NotFound`]; [`ManageError::Conflict`] for a connection without keys.
pub async fn rotate_connection_keys(hub: &Hub, actor: &Actor, id: &str) -> Result<(), ManageError> {
    let connection = find(hub, id).await?;
    let wanted = connection.id.clone();
    let keys = hub.store.read(move |tx| tx.keys_of_connection(&wanted)).await?;
    let key_type = keys
        .iter()
        .find(|key| key.record.status == KeyStatus::Next)
        .map(|key| key.record.key_type)
        .ok_or_else(no_keys)?;
    let now = hub.clock.now();
    let new = make(vec![(key_type, KeyStatus::Next)], now).await?;
    let entry = record::change(hub, actor, "Rotate the keys of a connection");
    commit(hub, Resource::Connection, entry, move |tx, entry| {
        let current = find_changeable(tx, &connection.id)?;
        record::name(entry, Target::Connection(&current));
        let keys = tx.keys_of_connection_for_change(&connection.id)?;
        if !keys_are_of(&keys, key_type) {
            // Somebody else gave the connection keys of another kind meanwhile.
            return Err(StoreError::Contended.into());
        }
        let new = new.first().cloned().ok_or_else(no_keys)?;
        Ok(tx.replace_keys_of_connection(&connection.id, &rotated_keys(keys, new, now))?)
    })
    .await?;
    hub.directory.forget_connection(id);
    Ok(())
}

fn no_keys() -> ManageError {
    ManageError::Conflict {
        resource: Resource::Connection,
        message: "The connection has no keys yet: make them first, or set token_endpoint_auth_method to private_key_jwt"
            .into(),
    }
}

/// Keys for `connection`, should it turn out to need them; made before the transaction, because it takes time.
pub(super) async fn prepare(
    hub: &Hub,
    connection: &Connection,
    now: Timestamp,
) -> Result<NewKeys, ManageError> {
    let Some(key_type) = needed_key_type(&connection.options) else { return Ok(Arc::default()) };
    let id = connection.id.clone();
    let keys = hub.store.read(move |tx| tx.keys_of_connection(&id)).await?;
    if keys_are_of(&keys, key_type) { Ok(Arc::default()) } else { new_keys(key_type, now).await }
}

/// Gives a connection the keys it needs and lacks. Those of another kind go: nothing signs by them any more.
pub(super) fn complete(tx: &mut Tx<'_>, connection: &Connection, new: &NewKeys) -> Result<(), ManageError> {
    let Some(key_type) = needed_key_type(&connection.options) else { return Ok(()) };
    if keys_are_of(&tx.keys_of_connection_for_change(&connection.id)?, key_type) {
        return Ok(());
    }
    if !keys_are_of(new, key_type) {
        // What was prepared for is no longer what is there.
        return Err(StoreError::Contended.into());
    }
    Ok(tx.replace_keys_of_connection(&connection.id, new)?)
}

async fn find(hub: &Hub, id: &str) -> Result<Arc<Connection>, ManageError> {
    hub.directory.connection(id).await?.ok_or(ManageError::NotFound(Resource::Connection))
}

async fn new_keys(key_type: KeyType, now: Timestamp) -> Result<NewKeys, ManageError> {
    make(vec![(key_type, KeyStatus::Current), (key_type, KeyStatus::Next)], now).await
}

async fn make(wanted: Vec<(KeyType, KeyStatus)>, now: Timestamp) -> Result<NewKeys, ManageError> {
    let make = move || {
        wanted.into_iter().map(|(key_type, status)| new_key(key_type, status, now)).collect::<Result<_, _>>()
    };
    let made = tokio::task::spawn_blocking(make).await.unwrap_or(Err(SigningError::Generate))?;
    Ok(Arc::new(made))
}
