//! Table `used_ids`: what may be used once, by the hash of its id, for as long as it could be used again.

use diesel::prelude::*;

use super::error::StoreError;
use super::schema::used_ids;
use super::tx::{Tx, db};
use crate::crypto::digest;
use crate::domain::clock::Timestamp;
use crate::domain::one_time::OneTime;

impl Tx<'_> {
    /// Marks `id` as used, until `expires_at`; `false` if it was used before. Ids of one kind never stand in the way
    /// of another's.
    pub fn use_once(&mut self, kind: OneTime, id: &str, expires_at: Timestamp) -> Result<bool, StoreError> {
        let id_hash = hash(kind, id);
        let row = (used_ids::id_hash.eq(id_hash), used_ids::expires_at.eq(expires_at.millis()));
        let added = db!(self, |db| diesel::insert_into(used_ids::table)
            .values(row.clone())
            .on_conflict_do_nothing()
            .execute(db))?;
        Ok(added > 0)
    }

    /// Whether `id` was used and could be used again.
    pub fn is_used(&mut self, kind: OneTime, id: &str) -> Result<bool, StoreError> {
        let found: Option<String> = db!(self, |db| used_ids::table
            .find(hash(kind, id))
            .select(used_ids::id_hash)
            .get_result(db)
            .optional())?;
        Ok(found.is_some())
    }
}

fn hash(kind: OneTime, id: &str) -> String {
    digest::sha256_base64url(&format!("{} {id}", kind.name()))
}
