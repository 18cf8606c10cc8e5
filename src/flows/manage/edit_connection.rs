//! A connection is changed.

use serde_json::{Map, Value};

use super::administrators::refuse_way_in_of_administrators;
use super::attribute_maps::keep_version;
use super::built_in::find_changeable;
use super::commit::commit;
use super::connection_keys::{self, NewKeys};
use super::create_connection::{check_enabled_clients, queue_check};
use super::provider_says::ProviderSays;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::domain::connection::{Connection, changed_connection};
use crate::domain::problem::Problem;
use crate::domain::secret_receivers;
use crate::flows::hub::Hub;
use crate::store::{StoreError, Tx};

/// Merges `patch` (RFC 7396) into the connection. Logins in progress through it start again if a setting
/// changed that decides where they go.
///
/// # Errors
/// [`ManageError::Invalid`] with all problems of the connection as it would be, [`ManageError::NotFound`],
/// [`ManageError::Changed`].
pub async fn edit_connection(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    patch: Map<String, Value>,
    expected: Expected,
) -> Result<Connection, ManageError> {
    let now = hub.clock.now();
    let allows_http = hub.upstream.allows_plain_http();
    let entry = record::touching(record::change(hub, actor, "Update a connection"), &patch);
    let (keys, provider_says) = prepared(hub, id, &patch).await?;
    let (wanted, client_id) = (id.to_owned(), actor.client.client_id.clone());
    let shares_callback = hub.shares_callback;
    let changed = commit(hub, Resource::Connection, entry, move |tx, entry| {
        let current = find_changeable(tx, &wanted)?;
        record::name(entry, Target::Connection(&current));
        expected.check(Resource::Connection, current.version)?;
        let adopted = adopted_document(tx, &current)?;
        let mut connection = changed_connection(&current, &patch, adopted.as_ref(), allows_http, now)
            .map_err(ManageError::Invalid)?;
        provider_says.settle(shares_callback, &patch, Some(&current), &mut connection);
        check_enabled_clients(tx, &connection)?;
        if current.is_enabled && !connection.is_enabled {
            refuse_way_in_of_administrators(tx, &current)?;
        }
        check_user_id_attribute(tx, &current, &connection)?;
        keep_version(tx, &client_id, Some(&current), &connection)?;
        let version = tx.change_connection(&connection)?;
        connection_keys::complete(tx, &connection, &keys)?;
        queue_check(tx, &connection, now)?;
        // Nor do people's refresh tokens follow to another provider.
        if !connection.options.federated_connections_access_tokens.active
            || secret_receivers::is_moved(&current.options, adopted.as_ref(), &connection.options)
        {
            tx.remove_upstream_tokens_of_connection(&connection.id)?;
        }
        Ok(Connection { version, ..connection })
    })
    .await?;
    hub.directory.forget_connection(id);
    hub.upstream.forget(id);
    hub.diagnoses.wake();
    Ok(changed)
}

/// The metadata document that logins through the connection go by.
pub(super) fn adopted_document(
    tx: &mut Tx<'_>,
    connection: &Connection,
) -> Result<Option<Map<String, Value>>, StoreError> {
    let kept = tx.find_provider_metadata(&connection.id)?.filter(|kept| kept.is_of(&connection.options));
    Ok(kept.map(|kept| kept.adopted.document.clone()))
}

/// The keys that the connection will need after `patch`, and what its provider says to it. Whether that may be is for the
/// transaction to say, which does not wait for a provider.
async fn prepared(
    hub: &Hub,
    id: &str,
    patch: &Map<String, Value>,
) -> Result<(NewKeys, ProviderSays), ManageError> {
    let (provider_says, after) = ProviderSays::to_change(hub, id, patch).await?;
    let Some(after) = after else { return Ok((NewKeys::default(), provider_says)) };
    provider_says.refuse_contradictions(&after.options)?;
    Ok((connection_keys::prepare(hub, &after, hub.clock.now()).await?, provider_says))
}

/// By another claim, everybody would come back as somebody else, or as whoever had that name before.
fn check_user_id_attribute(
    tx: &mut Tx<'_>,
    current: &Connection,
    connection: &Connection,
) -> Result<(), ManageError> {
    let (before, after) = (&current.options.user_id_attribute, &connection.options.user_id_attribute);
    // The ids of those who were removed are never given to others.
    if before == after || !(tx.has_identities(&connection.id)? || tx.has_removed_users(&connection.name)?) {
        return Ok(());
    }
    let message = format!(
        "cannot change from {before} to {after}, because people have signed in through this connection and would come back \
         as somebody else; make another connection with another name"
    );
    Err(ManageError::Invalid(vec![Problem::new("options.user_id_attribute", message)]))
}
