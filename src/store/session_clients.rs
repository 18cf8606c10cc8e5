//! Table `session_clients`: which applications a person signed in to in a session, of those that want to hear of its
//! end.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::columns::refuse_nul;
use super::error::StoreError;
use super::schema::{grants, session_clients, sessions};
use super::tx::{Tx, db};

impl Tx<'_> {
    /// Remembers that the application takes part in the session, if that is still there.
    pub fn add_session_client(&mut self, session_id: &str, client_id: &str) -> Result<(), StoreError> {
        refuse_nul([Some(session_id), Some(client_id)])?;
        db!(self, |db| {
            let session: Option<String> =
                sessions::table.find(session_id).select(sessions::id).get_result(db).optional()?;
            let Some(session) = session else { return Ok(0) };
            diesel::insert_into(session_clients::table)
                .values((session_clients::session_id.eq(session), session_clients::client_id.eq(client_id)))
                .on_conflict_do_nothing()
                .execute(db)
        })?;
        Ok(())
    }

    /// Every pair (session, application) among `session_ids`: remembered, or known by a grant that is still there.
    pub fn participants(&mut self, session_ids: &[&str]) -> Result<BTreeSet<(String, String)>, StoreError> {
        let (remembered, granted): (Vec<_>, Vec<_>) = db!(self, |db| {
            let remembered =
                session_clients::table.filter(session_clients::session_id.eq_any(session_ids)).load(db)?;
            let granted = grants::table
                .filter(grants::session_id.eq_any(session_ids))
                .select((grants::session_id, grants::client_id))
                .distinct()
                .load(db)?;
            Ok((remembered, granted))
        })?;
        Ok(remembered.into_iter().chain(granted).collect())
    }
}
