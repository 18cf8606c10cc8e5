//! The versions of a connection's attribute map: each one kept when it is saved, and brought back.

use super::built_in::find_changeable;
use super::commit::commit;
use super::create_connection::check_enabled_clients;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::domain::connection::{AttributeMapVersion, Connection, Strategy, with_attribute_map};
use crate::flows::hub::Hub;
use crate::store::{StoreError, Tx};

/// Keeps the map of `connection` as a version saved by `actor`, unless it is as in the connection `before`.
pub(super) fn keep_version(
    tx: &mut Tx<'_>,
    client_id: &str,
    before: Option<&Connection>,
    connection: &Connection,
) -> Result<(), StoreError> {
    let map = &connection.options.attribute_map;
    if connection.strategy != Strategy::Oidc
        || before.is_some_and(|before| before.options.attribute_map == *map)
    {
        return Ok(());
    }
    let mut latest = tx.list_attribute_maps(&connection.id)?.first().map_or(0, |latest| latest.version);
    if let Some(before) = before.filter(|_| latest == 0) {
        // Saved before versions were kept.
        let first = AttributeMapVersion {
            version: 1,
            attribute_map: before.options.attribute_map.clone(),
            client_id: None,
            created_at: before.updated_at,
        };
        tx.add_attribute_map(&connection.id, &first)?;
        latest = 1;
    }
    let version = AttributeMapVersion {
        version: latest.saturating_add(1),
        attribute_map: map.clone(),
        client_id: Some(client_id.to_owned()),
        created_at: connection.updated_at,
    };
    tx.add_attribute_map(&connection.id, &version)
}

/// Brings the attribute map of `version` back, as a new version; everything else stays.
///
/// # Errors
/// [`ManageError::Invalid`] if that map no longer goes together with the other settings, [`ManageError::NotFound`],
/// [`ManageError::Changed`].
pub async fn restore_attribute_map(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    version: i64,
    expected: Expected,
) -> Result<Connection, ManageError> {
    let now = hub.clock.now();
    let allows_http = hub.upstream.allows_plain_http();
    let mut entry = record::change(hub, actor, "Restore an attribute map");
    entry.details.insert("restored_version".into(), version.into());
    let (wanted, client_id) = (id.to_owned(), actor.client.client_id.clone());
    let changed = commit(hub, Resource::Connection, entry, move |tx, entry| {
        let current = find_changeable(tx, &wanted)?;
        record::name(entry, Target::Connection(&current));
        expected.check(Resource::Connection, current.version)?;
        let found = tx.find_attribute_map(&wanted, version)?;
        let kept = found.ok_or(ManageError::NotFound(Resource::AttributeMapVersion))?;
        let map = serde_json::json!(kept.attribute_map);
        let connection =
            with_attribute_map(&current, &map, allows_http, now).map_err(ManageError::Invalid)?;
        check_enabled_clients(tx, &connection)?;
        keep_version(tx, &client_id, Some(&current), &connection)?;
        let version = tx.change_connection(&connection)?;
        Ok(Connection { version, ..connection })
    })
    .await?;
    hub.directory.forget_connection(id);
    hub.upstream.forget(id);
    Ok(changed)
}
