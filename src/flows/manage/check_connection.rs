//! A connection is tried before it is made, and looked at afterwards; nothing is changed by either.

use serde_json::{Map, Value, json};

use super::create_connection::check_enabled_clients;
use super::{Actor, ManageError, Resource};
use crate::domain::connection::{ConnectionKeys, new_connection};
use crate::flows::diagnoses::{self, NotDiagnosed};
use crate::flows::hub::Hub;

/// Whether people could sign in through the connection that `body`, as for its creation, describes: one named result per
/// check, and the provider's own document. Its name may be taken, so that settings can be tried before a change.
///
/// # Errors
/// [`ManageError::Invalid`] with all problems of the body, [`ManageError::TooOften`].
pub async fn check_connection(
    hub: &Hub,
    actor: &Actor,
    body: &Map<String, Value>,
) -> Result<Value, ManageError> {
    let connection = new_connection(body, "", hub.upstream.allows_plain_http(), hub.clock.now())
        .map_err(ManageError::Invalid)?;
    let enabled_for = connection.clone();
    hub.store.read(move |tx| check_enabled_clients(tx, &enabled_for)).await?;
    // Keys of its own it gets when it is made.
    let keys = ConnectionKeys::default();
    let (diagnosis, evidence) = diagnoses::diagnose(hub, &connection, &keys, &actor.client.client_id).await?;
    let mut answer = diagnosis.json();
    let document = evidence.as_ref().and_then(|evidence| evidence.document());
    if let (Some(document), Some(members)) = (document, answer.as_object_mut()) {
        members.insert("oidc_metadata".into(), json!(document));
    }
    Ok(answer)
}

/// Whether people can sign in through the connection, as far as is known or can be found out now.
///
/// # Errors
/// [`ManageError::NotFound`], [`ManageError::TooOften`].
pub async fn connection_status(hub: &Hub, id: &str) -> Result<Value, ManageError> {
    let wanted = id.to_owned();
    let found = hub.store.read(move |tx| tx.find_connection(&wanted)).await?;
    let connection = found.ok_or(ManageError::NotFound(Resource::Connection))?;
    let diagnosis = diagnoses::status(hub, &connection).await?;
    let mut answer = diagnosis.json();
    if let Some(members) = answer.as_object_mut() {
        members.insert("id".into(), json!(connection.id));
        members.insert("name".into(), json!(connection.name));
    }
    Ok(answer)
}

impl From<NotDiagnosed> for ManageError {
    fn from(reason: NotDiagnosed) -> Self {
        match reason {
            NotDiagnosed::TooOften => Self::TooOften,
            NotDiagnosed::Store(error) => Self::Store(error),
        }
    }
}
