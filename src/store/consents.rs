//! Table `consents`: the scopes that people let third-party applications have.

use diesel::prelude::*;

use super::columns::refuse_nul;
use super::error::StoreError;
use super::schema::consents;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;

impl Tx<'_> {
    /// The scopes a user consented to, space separated.
    pub fn find_consent(&mut self, user_id: &str, client_id: &str) -> Result<Option<String>, StoreError> {
        refuse_nul([Some(user_id), Some(client_id)])?;
        db!(self, |db| consents::table
            .find((user_id, client_id))
            .select(consents::scope)
            .get_result(db)
            .optional())
    }

    /// Stores `scope` (all of it, space separated) in the place of what was consented to before.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if the user or the application does not exist.
    pub fn save_consent(
        &mut self,
        user_id: &str,
        client_id: &str,
        scope: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        refuse_nul([Some(user_id), Some(client_id), Some(scope)])?;
        let content = (consents::scope.eq(scope), consents::updated_at.eq(now.millis()));
        let row = (consents::user_id.eq(user_id), consents::client_id.eq(client_id), content);
        db!(self, |db| diesel::insert_into(consents::table)
            .values(row)
            .on_conflict((consents::user_id, consents::client_id))
            .do_update()
            .set(content)
            .execute(db))?;
        Ok(())
    }
}
