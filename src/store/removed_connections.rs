//! Table `removed_connections`: whose the names of removed connections were.

use diesel::prelude::*;

use super::columns::plain;
use super::error::StoreError;
use super::schema::removed_connections;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::connection::Strategy;
use crate::domain::removed::RemovedConnection;

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = removed_connections, treat_none_as_default_value = false)]
struct Row {
    id: String,
    name: String,
    name_normalized: String,
    strategy: String,
    issuer: Option<String>,
    client_id: String,
    user_id_attribute: String,
    removed_at: i64,
}

impl Tx<'_> {
    /// What is remembered of removed connections of this name, in upper or lower case, the newest first.
    pub fn removed_connections_named(&mut self, name: &str) -> Result<Vec<RemovedConnection>, StoreError> {
        let name = RemovedConnection::normalized_name(plain(name)?);
        let rows: Vec<Row> = db!(self, |db| removed_connections::table
            .filter(removed_connections::name_normalized.eq(&name))
            .select(Row::as_select())
            .order((removed_connections::removed_at.desc(), removed_connections::id))
            .load(db))?;
        let connection = |row: Row| {
            Ok(RemovedConnection {
                strategy: Strategy::from_name(&row.strategy)
                    .ok_or(StoreError::Corrupt { what: "removed_connections.strategy" })?,
                id: row.id,
                name: row.name,
                issuer: row.issuer,
                client_id: row.client_id,
                user_id_attribute: row.user_id_attribute,
                removed_at: Timestamp::from_millis(row.removed_at),
            })
        };
        rows.into_iter().map(connection).collect()
    }

    /// Made and removed again and again, a connection is remembered once.
    pub(super) fn remember_removed_connection(
        &mut self,
        removed: &RemovedConnection,
    ) -> Result<(), StoreError> {
        let RemovedConnection { id, name, strategy, issuer, client_id, user_id_attribute, removed_at } =
            removed.clone();
        let known = self.removed_connections_named(&name)?;
        let is_same = |known: &RemovedConnection| {
            (known.strategy, &known.issuer, &known.client_id, &known.user_id_attribute)
                == (strategy, &issuer, &client_id, &user_id_attribute)
        };
        if known.iter().any(is_same) {
            return Ok(());
        }
        let row = Row {
            id,
            name_normalized: RemovedConnection::normalized_name(&name),
            name,
            strategy: strategy.name().into(),
            issuer,
            client_id,
            user_id_attribute,
            removed_at: removed_at.millis(),
        };
        db!(self, |db| diesel::insert_into(removed_connections::table).values(row).execute(db))?;
        Ok(())
    }
}
