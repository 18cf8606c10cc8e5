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

    /// Revokes every grant of a user that has refresh tokens; how many that were still good.
    pub fn revoke_refresh_grants(&mut self, user_id: &str, now: Timestamp) -> Result<usize, StoreError> {
        let user_id = plain(user_id)?;
        db!(self, |db| diesel::update(grants::table)
            .filter(grants::user_id.eq(user_id))
            .filter(grants::refresh_family_hash.is_not_null())
            .filter(grants::revoked_at.is_null())
            .set(grants::revoked_at.eq(now.millis()))
            .execute(db))
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
