//! Table `signing_keys`: our keys, sealed.

use diesel::prelude::*;

use super::error::StoreError;
use super::revisions::Changed;
use super::schema::signing_keys;
use super::tx::{Tx, db};
use crate::crypto::sealing::Purpose;
use crate::crypto::signing::KeyType;
use crate::domain::clock::Timestamp;
use crate::domain::signing_key::{KeyStatus, StoredSigningKey};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = signing_keys)]
struct Row {
    key_id: String,
    key_type: String,
    status: String,
    private_key_sealed: String,
    created_at: i64,
}

impl Tx<'_> {
    /// All keys, oldest first.
    pub fn list_signing_keys(&mut self) -> Result<Vec<StoredSigningKey>, StoreError> {
        let rows: Vec<Row> = db!(self, |db| signing_keys::table
            .select(Row::as_select())
            .order((signing_keys::created_at, signing_keys::key_id))
            .load(db))?;
        rows.into_iter().map(|row| self.signing_key_of_row(row)).collect()
    }

    pub fn add_signing_key(&mut self, key: &StoredSigningKey) -> Result<(), StoreError> {
        self.bump(Changed::SigningKeys)?;
        self.insert_signing_key(key)
    }

    /// Adds `keys` if there are none at all; whether it did. Of several nodes that start on an empty database, one
    /// does.
    pub fn add_first_signing_keys(&mut self, keys: &[StoredSigningKey]) -> Result<bool, StoreError> {
        // The others wait here, and then see the keys.
        self.bump(Changed::SigningKeys)?;
        let present: i64 = db!(self, |db| signing_keys::table.count().get_result(db))?;
        if present > 0 {
            return Ok(false);
        }
        keys.iter().try_for_each(|key| self.insert_signing_key(key))?;
        Ok(true)
    }

    /// Whether there is such a key.
    pub fn set_signing_key_status(&mut self, key_id: &str, status: KeyStatus) -> Result<bool, StoreError> {
        self.bump(Changed::SigningKeys)?;
        let changed = db!(self, |db| diesel::update(signing_keys::table.find(key_id))
            .set(signing_keys::status.eq(status.name()))
            .execute(db))?;
        Ok(changed > 0)
    }

    fn insert_signing_key(&mut self, key: &StoredSigningKey) -> Result<(), StoreError> {
        let row = Row {
            key_id: key.key_id.clone(),
            key_type: key.key_type.name().into(),
            status: key.status.name().into(),
            private_key_sealed: self.seal(Purpose::SigningKey, &key.key_id, &key.private_key),
            created_at: key.created_at.millis(),
        };
        db!(self, |db| diesel::insert_into(signing_keys::table).values(row).execute(db))?;
        Ok(())
    }

    fn signing_key_of_row(&self, row: Row) -> Result<StoredSigningKey, StoreError> {
        let key_type = KeyType::ALL.into_iter().find(|key_type| key_type.name() == row.key_type);
        Ok(StoredSigningKey {
            key_type: key_type.ok_or(StoreError::Corrupt { what: "signing_keys.key_type" })?,
            status: KeyStatus::from_name(&row.status)
                .ok_or(StoreError::Corrupt { what: "signing_keys.status" })?,
            private_key: self.open(
                Purpose::SigningKey,
                &row.key_id,
                &row.private_key_sealed,
                "a signing key",
            )?,
            key_id: row.key_id,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}
