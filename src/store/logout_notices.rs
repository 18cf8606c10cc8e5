//! Table `logout_notices`: applications still to be told that a session has ended (OpenID Connect Back-Channel Logout).

use diesel::prelude::*;

use super::columns::{plain, refuse_nul};
use super::error::StoreError;
use super::schema::logout_notices;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::logout::LogoutNotice;

/// Rows of one insert: SQLite limits the values of a statement.
const ROWS_PER_INSERT: usize = 500;

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = logout_notices, treat_none_as_default_value = false)]
struct Row {
    id: String,
    session_id: String,
    client_id: String,
    user_id: String,
    request_id: String,
    attempts: i64,
    due_at: i64,
    created_at: i64,
}

impl Row {
    fn of(notice: &LogoutNotice) -> Result<Self, StoreError> {
        let LogoutNotice { session_id, client_id, user_id, request_id, attempts, due_at, created_at } =
            notice;
        refuse_nul([session_id, client_id, user_id, request_id].map(|text| Some(text.as_str())))?;
        Ok(Self {
            id: id(notice),
            session_id: session_id.clone(),
            client_id: client_id.clone(),
            user_id: user_id.clone(),
            request_id: request_id.clone(),
            attempts: *attempts,
            due_at: due_at.millis(),
            created_at: created_at.millis(),
        })
    }

    fn notice(self) -> LogoutNotice {
        LogoutNotice {
            session_id: self.session_id,
            client_id: self.client_id,
            user_id: self.user_id,
            request_id: self.request_id,
            attempts: self.attempts,
            due_at: Timestamp::from_millis(self.due_at),
            created_at: Timestamp::from_millis(self.created_at),
        }
    }
}

/// An application hears of a session's end once.
fn id(notice: &LogoutNotice) -> String {
    format!("{}.{}", notice.session_id, notice.client_id)
}

impl Tx<'_> {
    pub fn add_logout_notices(&mut self, notices: &[LogoutNotice]) -> Result<(), StoreError> {
        for notices in notices.chunks(ROWS_PER_INSERT) {
            let rows = notices.iter().map(Row::of).collect::<Result<Vec<_>, _>>()?;
            db!(self, |db| diesel::insert_into(logout_notices::table)
                .values(&rows)
                .on_conflict_do_nothing()
                .execute(db))?;
        }
        Ok(())
    }

    /// At most `limit` applications that have notices due, the one with the oldest first.
    pub fn clients_with_due_notices(
        &mut self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<String>, StoreError> {
        db!(self, |db| logout_notices::table
            .filter(logout_notices::due_at.le(now.millis()))
            .group_by(logout_notices::client_id)
            .order((diesel::dsl::min(logout_notices::due_at), logout_notices::client_id))
            .select(logout_notices::client_id)
            .limit(limit)
            .load(db))
    }

    /// Takes at most `limit` notices for `client_id` that are due, counting the attempt; nobody else gets them before
    /// `lease_end`.
    pub fn take_logout_notices(
        &mut self,
        client_id: &str,
        now: Timestamp,
        lease_end: Timestamp,
        limit: i64,
    ) -> Result<Vec<LogoutNotice>, StoreError> {
        let client_id = plain(client_id)?;
        let rows: Vec<Row> = db!(self, |db| {
            let is_due = || logout_notices::due_at.le(now.millis());
            let ids: Vec<String> = logout_notices::table
                .filter(logout_notices::client_id.eq(client_id))
                .filter(is_due())
                .order(logout_notices::due_at)
                .limit(limit)
                .select(logout_notices::id)
                .load(db)?;
            // Asked again in the update: another node may have been faster.
            diesel::update(logout_notices::table.filter(logout_notices::id.eq_any(ids)).filter(is_due()))
                .set((
                    logout_notices::due_at.eq(lease_end.millis()),
                    logout_notices::attempts.eq(logout_notices::attempts + 1),
                ))
                .returning(Row::as_returning())
                .get_results(db)
        })?;
        Ok(rows.into_iter().map(Row::notice).collect())
    }

    /// Removes a notice that was taken as `notice`; `false` if somebody took it again since.
    pub fn remove_logout_notice(&mut self, notice: &LogoutNotice) -> Result<bool, StoreError> {
        let removed = db!(self, |db| diesel::delete(
            logout_notices::table.find(id(notice)).filter(logout_notices::attempts.eq(notice.attempts))
        )
        .execute(db))?;
        Ok(removed > 0)
    }

    /// Puts a notice that was taken as `notice` back until `due_at`; `false` if somebody took it again since.
    pub fn postpone_logout_notice(
        &mut self,
        notice: &LogoutNotice,
        due_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let postponed = db!(self, |db| diesel::update(
            logout_notices::table.find(id(notice)).filter(logout_notices::attempts.eq(notice.attempts))
        )
        .set(logout_notices::due_at.eq(due_at.millis()))
        .execute(db))?;
        Ok(postponed > 0)
    }
}
