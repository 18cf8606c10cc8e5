//! Table `finished_logins`: logins that were used, so that an answer replayed in the same browser signs no one in.

use diesel::prelude::*;

use super::columns::plain;
use super::error::StoreError;
use super::schema::finished_logins;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;

impl Tx<'_> {
    /// Marks a login as used, until it expires by itself; `false` if it was used before.
    pub fn finish_login(&mut self, login_id: &str, expires_at: Timestamp) -> Result<bool, StoreError> {
        let login_id = plain(login_id)?;
        let row =
            (finished_logins::login_id.eq(login_id), finished_logins::expires_at.eq(expires_at.millis()));
        let added = db!(self, |db| diesel::insert_into(finished_logins::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(db))?;
        Ok(added > 0)
    }
}
