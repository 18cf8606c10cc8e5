//! What a user has open, as an administrator sees it: sessions, and refresh tokens, of which a grant has one however often
//! it was exchanged.

use diesel::prelude::*;

use super::columns::{plain, refuse_nul};
use super::error::StoreError;
use super::grants::Row;
use super::paging::{Page, Paged};
use super::schema::{grants, sessions};
use super::sessions as session_rows;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::grant::Grant;
use crate::domain::limits;
use crate::domain::refresh_token_choice::RefreshTokenChoice;
use crate::domain::session::Session;

impl Tx<'_> {
    /// A page of the grants of a user that have refresh tokens and are good, by id.
    pub fn list_refresh_grants(
        &mut self,
        user_id: &str,
        now: Timestamp,
        page: &Page,
    ) -> Result<Paged<Grant>, StoreError> {
        refuse_nul([Some(user_id), page.after()])?;
        let (rows, total) = db!(self, |db| {
            let matching = || {
                grants::table
                    .filter(grants::user_id.eq(user_id))
                    .filter(grants::refresh_family_hash.is_not_null())
                    .filter(grants::revoked_at.is_null())
                    .filter(grants::expires_at.gt(now.millis()))
            };
            let total: Option<i64> =
                if page.wants_total() { Some(matching().count().get_result(db)?) } else { None };
            let rows: Vec<Row> = matching()
                .filter(grants::id.gt(page.after().unwrap_or_default()))
                .select(Row::as_select())
                .order(grants::id)
                .limit(page.limit())
                .offset(page.offset())
                .load(db)?;
            Ok((rows, total))
        })?;
        page.cut(rows, total, Row::id).try_map(Row::grant)
    }

    /// Revokes the oldest grants of a user at an application that have refresh tokens, but for the newest `keep`; how many.
    pub fn revoke_oldest_refresh_grants(
        &mut self,
        user_id: &str,
        client_id: &str,
        keep: i64,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        refuse_nul([Some(user_id), Some(client_id)])?;
        let revoked = db!(self, |db| {
            // Usually none; more than a few only where the limit was another before.
            let oldest: Vec<String> = grants::table
                .filter(grants::user_id.eq(user_id))
                .filter(grants::client_id.eq(client_id))
                .filter(grants::refresh_family_hash.is_not_null())
                .filter(grants::revoked_at.is_null())
                .filter(grants::expires_at.gt(now.millis()))
                .order((grants::created_at.desc(), grants::id))
                .select(grants::id)
                .limit(limits::CLEANUP_BATCH)
                .offset(keep)
                .load(db)?;
            if oldest.is_empty() {
                return Ok(0);
            }
            diesel::update(grants::table.filter(grants::id.eq_any(oldest)))
                .set(grants::revoked_at.eq(now.millis()))
                .execute(db)
        })?;
        if revoked > 0 {
            self.end_standings();
        }
        Ok(revoked)
    }

    /// Revokes the grants that `choice` names and that have refresh tokens; how many that were still good.
    pub fn revoke_refresh_grants(
        &mut self,
        choice: &RefreshTokenChoice,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        use RefreshTokenChoice::{Ids, OfClient, OfUser, OfUserAtClient};
        match choice {
            Ids(ids) => refuse_nul(ids.iter().map(|id| Some(id.as_str())))?,
            OfUser(id) | OfClient(id) => refuse_nul([Some(id.as_str())])?,
            OfUserAtClient { user_id, client_id } => {
                refuse_nul([Some(user_id.as_str()), Some(client_id.as_str())])?;
            }
        }
        self.end_standings();
        db!(self, |db| {
            let good = || {
                grants::table
                    .filter(grants::refresh_family_hash.is_not_null())
                    .filter(grants::revoked_at.is_null())
            };
            let revoked = grants::revoked_at.eq(now.millis());
            match choice {
                Ids(ids) => diesel::update(good().filter(grants::id.eq_any(ids))).set(revoked).execute(db),
                OfUser(user_id) => {
                    diesel::update(good().filter(grants::user_id.eq(user_id))).set(revoked).execute(db)
                }
                OfUserAtClient { user_id, client_id } => {
                    let theirs =
                        good().filter(grants::user_id.eq(user_id)).filter(grants::client_id.eq(client_id));
                    diesel::update(theirs).set(revoked).execute(db)
                }
                OfClient(client_id) => {
                    diesel::update(good().filter(grants::client_id.eq(client_id))).set(revoked).execute(db)
                }
            }
        })
    }

    /// A page of the sessions of a user that have not reached their absolute end, by id.
    pub fn list_sessions(
        &mut self,
        user_id: &str,
        now: Timestamp,
        page: &Page,
    ) -> Result<Paged<Session>, StoreError> {
        refuse_nul([Some(user_id), page.after()])?;
        let (rows, total) = db!(self, |db| {
            let matching = || {
                sessions::table
                    .filter(sessions::user_id.eq(user_id))
                    .filter(sessions::expires_at.gt(now.millis()))
            };
            let total: Option<i64> =
                if page.wants_total() { Some(matching().count().get_result(db)?) } else { None };
            let rows: Vec<session_rows::Row> = matching()
                .filter(sessions::id.gt(page.after().unwrap_or_default()))
                .select(session_rows::Row::as_select())
                .order(sessions::id)
                .limit(page.limit())
                .offset(page.offset())
                .load(db)?;
            Ok((rows, total))
        })?;
        page.cut(rows, total, session_rows::Row::id).try_map(session_rows::Row::session)
    }

    /// The applications that have good grants of a session, each once.
    pub fn clients_of_session(&mut self, session_id: &str) -> Result<Vec<String>, StoreError> {
        let session_id = plain(session_id)?;
        db!(self, |db| grants::table
            .filter(grants::session_id.eq(session_id))
            .filter(grants::revoked_at.is_null())
            .select(grants::client_id)
            .distinct()
            .order(grants::client_id)
            .load(db))
    }
}
