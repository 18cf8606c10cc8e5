//! Table `signing_keys`: our keys, sealed.
//!
//! Every change counts itself first, and so waits for a simultaneous one: what it then finds, it may rely on.

use diesel::prelude::*;

use super::error::StoreError;
use super::revisions::Changed;
use super::schema::signing_keys;
use super::tx::{Tx, db};
use crate::crypto::sealing::Purpose;
use crate::crypto::signing::KeyType;
use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;
use crate::domain::signing_key::{KeyRecord, KeyStatus, StoredSigningKey};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = signing_keys)]
struct Row {
    key_id: String,
    key_type: String,
    status: String,
    private_key_sealed: String,
    created_at: i64,
    current_since: Option<i64>,
    current_until: Option<i64>,
    revoked_at: Option<i64>,
    expires_at: Option<i64>,
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

    /// Whether the key was added: a type has one current and one next key.
    pub fn add_signing_key(&mut self, key: &StoredSigningKey) -> Result<bool, StoreError> {
        self.bump(Changed::SigningKeys)?;
        let record = &key.record;
        if matches!(record.status, KeyStatus::Current | KeyStatus::Next) {
            let present: i64 = db!(self, |db| signing_keys::table
                .filter(signing_keys::key_type.eq(record.key_type.name()))
                .filter(signing_keys::status.eq(record.status.name()))
                .count()
                .get_result(db))?;
            if present > 0 {
                return Ok(false);
            }
        }
        let row = Row {
            key_id: record.key_id.clone(),
            key_type: record.key_type.name().into(),
            status: record.status.name().into(),
            private_key_sealed: self.seal(Purpose::SigningKey, &record.key_id, &key.private_key),
            created_at: record.created_at.millis(),
            current_since: record.current_since.map(Timestamp::millis),
            current_until: record.current_until.map(Timestamp::millis),
            revoked_at: record.revoked_at.map(Timestamp::millis),
            expires_at: record.expires_at.map(Timestamp::millis),
        };
        db!(self, |db| diesel::insert_into(signing_keys::table).values(row).execute(db))?;
        Ok(true)
    }

    /// The current key stops signing; whether it was current.
    pub fn retire_signing_key(
        &mut self,
        key_id: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.bump(Changed::SigningKeys)?;
        let retired = db!(self, |db| diesel::update(signing_keys::table.find(key_id))
            .filter(signing_keys::status.eq(KeyStatus::Current.name()))
            .set((
                signing_keys::status.eq(KeyStatus::Previous.name()),
                signing_keys::current_until.eq(now.millis()),
                signing_keys::expires_at.eq(expires_at.millis()),
            ))
            .execute(db))?;
        Ok(retired > 0)
    }

    /// The next key begins to sign; whether it was next.
    pub fn promote_signing_key(&mut self, key_id: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.bump(Changed::SigningKeys)?;
        let promoted = db!(self, |db| diesel::update(signing_keys::table.find(key_id))
            .filter(signing_keys::status.eq(KeyStatus::Next.name()))
            .set((
                signing_keys::status.eq(KeyStatus::Current.name()),
                signing_keys::current_since.eq(now.millis()),
            ))
            .execute(db))?;
        Ok(promoted > 0)
    }

    /// Takes a key out of use and destroys its private half; whether its status was `was`.
    pub fn revoke_signing_key(
        &mut self,
        key_id: &str,
        was: KeyStatus,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.bump(Changed::SigningKeys)?;
        let revoked = db!(self, |db| diesel::update(signing_keys::table.find(key_id))
            .filter(signing_keys::status.eq(was.name()))
            .set((
                signing_keys::status.eq(KeyStatus::Revoked.name()),
                signing_keys::private_key_sealed.eq(""),
                signing_keys::revoked_at.eq(now.millis()),
                signing_keys::expires_at.eq(expires_at.millis()),
            ))
            .execute(db))?;
        Ok(revoked > 0)
    }

    /// Removes previous and revoked keys whose time has come; how many.
    pub fn remove_expired_signing_keys(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        self.bump(Changed::SigningKeys)?;
        db!(self, |db| diesel::delete(signing_keys::table)
            .filter(signing_keys::expires_at.le(now.millis()))
            .filter(signing_keys::status.ne_all([KeyStatus::Current.name(), KeyStatus::Next.name()]))
            .execute(db))
    }

    fn signing_key_of_row(&self, row: Row) -> Result<StoredSigningKey, StoreError> {
        let key_type = KeyType::from_name(&row.key_type);
        let status =
            KeyStatus::from_name(&row.status).ok_or(StoreError::Corrupt { what: "signing_keys.status" })?;
        let private_key = match status {
            KeyStatus::Revoked => Secret::new(""),
            KeyStatus::Next | KeyStatus::Current | KeyStatus::Previous => {
                self.open(Purpose::SigningKey, &row.key_id, &row.private_key_sealed, "a signing key")?
            }
        };
        let record = KeyRecord {
            key_type: key_type.ok_or(StoreError::Corrupt { what: "signing_keys.key_type" })?,
            status,
            key_id: row.key_id,
            created_at: Timestamp::from_millis(row.created_at),
            current_since: row.current_since.map(Timestamp::from_millis),
            current_until: row.current_until.map(Timestamp::from_millis),
            revoked_at: row.revoked_at.map(Timestamp::from_millis),
            expires_at: row.expires_at.map(Timestamp::from_millis),
        };
        Ok(StoredSigningKey { record, private_key })
    }
}
