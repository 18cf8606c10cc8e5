//! A connection is tried before it is made, and looked at afterwards; nothing is changed by either.

use serde_json::{Map, Value, json};

use super::commit::commit;
use super::create_connection::check_enabled_clients;
use super::edit_connection::adopted_document;
use super::provider_says::ProviderSays;
use super::record::{self, Target};
use super::{Actor, ManageError, Resource};
use crate::domain::connection::{Connection, ConnectionKeys, changed_connection, new_connection};
use crate::domain::diagnosis::{Diagnosis, Evidence};
use crate::flows::diagnoses::{self, NotDiagnosed, Tried};
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
    let (connection, if_promised) = settled(hub.shares_callback, body, None, connection);
    let enabled_for = connection.clone();
    hub.store.read(move |tx| check_enabled_clients(tx, &enabled_for)).await?;
    // Keys of its own it gets when it is made.
    let keys = ConnectionKeys::default();
    let allowance = diagnoses::allowance(hub, &actor.client.client_id)?;
    let tried = Tried { connection: &connection, if_promised: &if_promised };
    let (diagnosis, evidence) = diagnoses::diagnose(hub, tried, &keys, allowance).await?;
    let mut answer = told(&diagnosis, evidence.as_ref());
    let document = evidence.as_ref().and_then(|evidence| evidence.document());
    if let (Some(document), Some(members)) = (document, answer.as_object_mut()) {
        members.insert("oidc_metadata".into(), json!(document));
    }
    Ok(answer)
}

/// Whether people could sign in through the connection once `patch` is merged into it, the secret it has included; an
/// empty one asks the provider anew. Nothing is changed.
///
/// # Errors
/// [`ManageError::NotFound`], [`ManageError::Invalid`] with all problems of the connection as it would be,
/// [`ManageError::TooOften`].
pub async fn check_change(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    patch: &Map<String, Value>,
) -> Result<Value, ManageError> {
    let (now, allows_http) = (hub.clock.now(), hub.upstream.allows_plain_http());
    // The stored secret is sent, to where it goes today.
    let entry = record::touching(record::change(hub, actor, "Check a change of a connection"), patch);
    let shares_callback = hub.shares_callback;
    let (wanted, tried) = (id.to_owned(), patch.clone());
    let (connection, if_promised) = commit(hub, Resource::Connection, entry, move |tx, entry| {
        let current = tx.find_connection(&wanted)?.ok_or(ManageError::NotFound(Resource::Connection))?;
        record::name(entry, Target::Connection(&current));
        let adopted = adopted_document(tx, &current)?;
        let connection = changed_connection(&current, &tried, adopted.as_ref(), allows_http, now)
            .map_err(ManageError::Invalid)?;
        check_enabled_clients(tx, &connection)?;
        Ok(settled(shares_callback, &tried, Some(&current), connection))
    })
    .await?;
    let keys = hub.directory.keys_to_sign(&connection).await?;
    let allowance = diagnoses::allowance(hub, &actor.client.client_id)?;
    let tried = Tried { connection: &connection, if_promised: &if_promised };
    let (diagnosis, evidence) = diagnoses::diagnose(hub, tried, &keys, allowance).await?;
    Ok(told(&diagnosis, evidence.as_ref()))
}

/// What saving would make of it, without and with the provider's promise to name itself in its answers.
fn settled(
    shares_callback: bool,
    body: &Map<String, Value>,
    before: Option<&Connection>,
    after: Connection,
) -> (Connection, Connection) {
    let (mut otherwise, mut if_promised) = (after.clone(), after);
    ProviderSays::default().settle(shares_callback, body, before, &mut otherwise);
    ProviderSays::promising(&if_promised).settle(shares_callback, body, before, &mut if_promised);
    (otherwise, if_promised)
}

/// With where the provider would have to send people back to.
fn told(diagnosis: &Diagnosis, evidence: Option<&Evidence>) -> Value {
    let mut answer = diagnosis.json();
    if let (Some(evidence), Some(members)) = (evidence, answer.as_object_mut()) {
        members.insert("callback_url".into(), json!(evidence.redirect_uri));
    }
    answer
}

/// Whether people can sign in through the connection, and by which metadata, as far as is known or can be found out now.
///
/// # Errors
/// [`ManageError::NotFound`], [`ManageError::TooOften`].
pub async fn connection_status(hub: &Hub, id: &str) -> Result<Value, ManageError> {
    let wanted = id.to_owned();
    let found = hub.store.read(move |tx| tx.find_connection(&wanted)).await?;
    let connection = found.ok_or(ManageError::NotFound(Resource::Connection))?;
    let diagnosis = diagnoses::status(hub, &connection).await?;
    let wanted = id.to_owned();
    let kept = hub.store.read(move |tx| tx.find_provider_metadata(&wanted)).await?;
    let kept = kept.filter(|kept| kept.is_of(&connection.options));
    let mut answer = diagnosis.json();
    if let Some(members) = answer.as_object_mut() {
        members.insert("id".into(), json!(connection.id));
        members.insert("name".into(), json!(connection.name));
        members.insert("metadata".into(), json!(kept.map(|kept| kept.json(&connection))));
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
