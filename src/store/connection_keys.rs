//! Table `connection_keys`: the keys by which this hub proves who it is at a provider, sealed.

use diesel::prelude::*;

use super::columns::plain;
use super::connection_schema::connection_keys;
use super::error::StoreError;
use super::tx::{Tx, db};
use crate::crypto::sealing::Purpose;
use crate::crypto::signing::KeyType;
use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;
use crate::domain::signing_key::{KeyRecord, KeyStatus, StoredSigningKey};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = connection_keys)]
struct Row {
    key_id: String,
    connection_id: String,
    key_type: String,
    status: String,
    private_key_sealed: String,
    created_at: i64,
    current_since: Option<i64>,
    current_until: Option<i64>,
}

impl Tx<'_> {
    /// The keys of a connection, oldest first.
    pub fn keys_of_connection(&mut self, connection_id: &str) -> Result<Vec<StoredSigningKey>, StoreError> {
        let connection_id = plain(connection_id)?;
        let rows: Vec<Row> = db!(self, |db| connection_keys::table
            .filter(connection_keys::connection_id.eq(connection_id))
            .select(Row::as_select())
            .order((connection_keys::created_at, connection_keys::key_id))
            .load(db))?;
        rows.into_iter().map(|row| self.connection_key_of_row(row)).collect()
    }

    /// As [`Tx::keys_of_connection`], for a change: a simultaneous one waits.
    pub fn keys_of_connection_for_change(
        &mut self,
        connection_id: &str,
    ) -> Result<Vec<StoredSigningKey>, StoreError> {
        self.count_connection_change(Some(connection_id))?;
        self.keys_of_connection(connection_id)
    }

    /// Puts `keys` in the place of those that the connection has.
    pub fn replace_keys_of_connection(
        &mut self,
        connection_id: &str,
        keys: &[StoredSigningKey],
    ) -> Result<(), StoreError> {
        let connection_id = plain(connection_id)?;
        self.count_connection_change(Some(connection_id))?;
        db!(self, |db| diesel::delete(connection_keys::table)
            .filter(connection_keys::connection_id.eq(connection_id))
            .execute(db))?;
        for key in keys {
            let row = self.row_of_connection_key(connection_id, key);
            db!(self, |db| diesel::insert_into(connection_keys::table).values(row).execute(db))?;
        }
        Ok(())
    }

    fn row_of_connection_key(&self, connection_id: &str, key: &StoredSigningKey) -> Row {
        let StoredSigningKey { record, private_key } = key;
        let sealed = match record.status {
            KeyStatus::Previous | KeyStatus::Revoked => String::new(),
            KeyStatus::Current | KeyStatus::Next => {
                self.seal(Purpose::ConnectionKey, &record.key_id, private_key)
            }
        };
        Row {
            key_id: record.key_id.clone(),
            connection_id: connection_id.to_owned(),
            key_type: record.key_type.name().into(),
            status: record.status.name().into(),
            private_key_sealed: sealed,
            created_at: record.created_at.millis(),
            current_since: record.current_since.map(Timestamp::millis),
            current_until: record.current_until.map(Timestamp::millis),
        }
    }

    fn connection_key_of_row(&self, row: Row) -> Result<StoredSigningKey, StoreError> {
        let corrupt = |what| StoreError::Corrupt { what };
        let key_type = KeyType::from_name(&row.key_type).ok_or(corrupt("connection_keys.key_type"))?;
        let status = KeyStatus::from_name(&row.status).ok_or(corrupt("connection_keys.status"))?;
        let private_key = match status {
            KeyStatus::Previous | KeyStatus::Revoked => Secret::new(""),
            KeyStatus::Current | KeyStatus::Next => {
                self.open(Purpose::ConnectionKey, &row.key_id, &row.private_key_sealed, "a connection's key")?
            }
        };
        let record = KeyRecord {
            current_since: row.current_since.map(Timestamp::from_millis),
            current_until: row.current_until.map(Timestamp::from_millis),
            ..KeyRecord::new(row.key_id, key_type, status, Timestamp::from_millis(row.created_at))
        };
        Ok(StoredSigningKey { record, private_key })
    }
}
