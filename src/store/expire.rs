//! Removes what has expired, in pieces that hold no lock for long.

use diesel::prelude::*;

use super::error::StoreError;
use super::schema::{
    administrator_tickets, device_authorizations, finished_logins, grants, initial_access_tokens, logs,
    mailings, parked_requests, refresh_tokens, sessions, setup_tickets, test_logins, used_ids,
};
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::limits;

/// Rows removed from each table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    pub sessions: usize,
    pub grants: usize,
    pub refresh_tokens: usize,
    pub finished_logins: usize,
    pub parked_requests: usize,
    pub used_ids: usize,
    pub initial_access_tokens: usize,
    pub device_authorizations: usize,
    pub setup_tickets: usize,
    pub administrator_tickets: usize,
    pub test_logins: usize,
    pub mailings: usize,
}

impl Expired {
    /// Whether a table may hold more, after a clean-up that removed at most `batch` rows of each.
    pub fn may_leave_more(&self, batch: i64) -> bool {
        let batch = usize::try_from(batch).unwrap_or(0);
        let Self {
            sessions,
            grants,
            refresh_tokens,
            finished_logins,
            parked_requests,
            used_ids,
            initial_access_tokens,
            device_authorizations,
            setup_tickets,
            administrator_tickets,
            test_logins,
            mailings,
        } = *self;
        [
            sessions,
            grants,
            refresh_tokens,
            finished_logins,
            parked_requests,
            used_ids,
            initial_access_tokens,
            device_authorizations,
            setup_tickets,
            administrator_tickets,
            test_logins,
            mailings,
        ]
        .into_iter()
        .any(|removed| removed >= batch)
    }
}

/// Deletes at most `$batch` rows of a table whose `expires_at` has come.
macro_rules! delete_expired {
    ($tx:expr, $table:ident :: $key:ident, $now:expr, $batch:expr) => {{
        let expired = $table::table
            .filter($table::expires_at.le($now.millis()))
            .order($table::expires_at)
            .limit($batch)
            .select($table::$key);
        db!($tx, |db| {
            let keys: Vec<String> = expired.load(db)?;
            // Asked again: a row may have been given more time since.
            let still_expired = $table::expires_at.le($now.millis());
            diesel::delete($table::table.filter(still_expired).filter($table::$key.eq_any(keys))).execute(db)
        })
    }};
}

impl Tx<'_> {
    /// Removes at most `batch` rows of each table that expired before `now`. Sessions that were idle too long are
    /// dead already; their rows go at their absolute end.
    pub fn remove_expired(&mut self, now: Timestamp, batch: i64) -> Result<Expired, StoreError> {
        Ok(Expired {
            sessions: delete_expired!(self, sessions::id, now, batch)?,
            grants: delete_expired!(self, grants::id, now, batch)?,
            refresh_tokens: delete_expired!(self, refresh_tokens::token_hash, now, batch)?,
            finished_logins: delete_expired!(self, finished_logins::login_id, now, batch)?,
            parked_requests: delete_expired!(self, parked_requests::reference_hash, now, batch)?,
            used_ids: delete_expired!(self, used_ids::id_hash, now, batch)?,
            setup_tickets: delete_expired!(self, setup_tickets::id, now, batch)?,
            administrator_tickets: delete_expired!(self, administrator_tickets::invited, now, batch)?,
            test_logins: delete_expired!(self, test_logins::id, now, batch)?,
            mailings: delete_expired!(self, mailings::id, now, batch)?,
            initial_access_tokens: delete_expired!(self, initial_access_tokens::id, now, batch)?,
            device_authorizations: {
                // Kept for a while: a device that asks too late is told so.
                let before = now.plus_seconds(-limits::DEVICE_CODE_LIFETIME_SECONDS);
                delete_expired!(self, device_authorizations::device_code_hash, before, batch)?
            },
        })
    }

    /// Removes at most `batch` log entries older than `before`; how many.
    pub fn remove_old_logs(&mut self, before: Timestamp, batch: i64) -> Result<usize, StoreError> {
        // An entry's id begins with its time.
        let oldest_kept = format!("{:013}", before.millis());
        db!(self, |db| {
            let old = logs::table.filter(logs::log_id.lt(&oldest_kept)).order(logs::log_id).limit(batch);
            let ids: Vec<String> = old.select(logs::log_id).load(db)?;
            diesel::delete(logs::table.filter(logs::log_id.eq_any(ids))).execute(db)
        })
    }
}
