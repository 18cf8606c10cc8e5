//! Table `subject_salts`: the one salt of pairwise subjects, sealed.

use diesel::prelude::*;

use super::error::StoreError;
use super::schema::subject_salts;
use super::tx::{Tx, db};
use crate::crypto::sealing::Purpose;
use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;

/// There is one; a table of its own keeps it from being changed with anything else.
const NAME: &str = "pairwise";

impl Tx<'_> {
    pub fn find_subject_salt(&mut self) -> Result<Option<Secret>, StoreError> {
        let sealed: Option<String> = db!(self, |db| subject_salts::table
            .find(NAME)
            .select(subject_salts::salt_sealed)
            .get_result(db)
            .optional())?;
        sealed
            .map(|sealed| self.open(Purpose::SubjectSalt, NAME, &sealed, "the salt of pairwise subjects"))
            .transpose()
    }

    /// Keeps `salt` if there is none yet. Of several nodes that start on an empty database, one does.
    pub fn add_first_subject_salt(&mut self, salt: &Secret, now: Timestamp) -> Result<(), StoreError> {
        let row = (
            subject_salts::name.eq(NAME),
            subject_salts::salt_sealed.eq(self.seal(Purpose::SubjectSalt, NAME, salt)),
            subject_salts::created_at.eq(now.millis()),
        );
        db!(self, |db| diesel::insert_into(subject_salts::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(db))?;
        Ok(())
    }
}
