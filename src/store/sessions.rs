//! Table `sessions`: the signed-in browsers.

use diesel::prelude::*;

use super::columns::{from_json, plain, refuse_nul, to_json};
use super::error::StoreError;
use super::revisions::Changed;
use super::schema::sessions;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::session::{ProviderSession, Session};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: String,
    token_hash: String,
    user_id: String,
    connection_id: String,
    auth_time: i64,
    acr: Option<String>,
    amr: String,
    created_at: i64,
    last_active_at: i64,
    expires_at: i64,
    provider_issuer: Option<String>,
    provider_sid: Option<String>,
}

impl Row {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    fn of(session: &Session) -> Result<Self, StoreError> {
        let texts = [&session.id, &session.token_hash, &session.user_id, &session.connection_id];
        refuse_nul(texts.map(|text| Some(text.as_str())))?;
        let (provider_issuer, provider_sid) =
            session.provider_session.clone().map(|provider| (provider.issuer, provider.sid)).unzip();
        refuse_nul([session.acr.as_deref(), provider_issuer.as_deref(), provider_sid.as_deref()])?;
        Ok(Self {
            id: session.id.clone(),
            token_hash: session.token_hash.clone(),
            user_id: session.user_id.clone(),
            connection_id: session.connection_id.clone(),
            auth_time: session.auth_time.millis(),
            acr: session.acr.clone(),
            amr: to_json("sessions.amr", &session.amr)?,
            created_at: session.created_at.millis(),
            last_active_at: session.last_active_at.millis(),
            expires_at: session.expires_at.millis(),
            provider_issuer,
            provider_sid,
        })
    }

    pub(super) fn session(self) -> Result<Session, StoreError> {
        Ok(Session {
            amr: from_json("sessions.amr", &self.amr)?,
            id: self.id,
            token_hash: self.token_hash,
            user_id: self.user_id,
            connection_id: self.connection_id,
            auth_time: Timestamp::from_millis(self.auth_time),
            acr: self.acr,
            created_at: Timestamp::from_millis(self.created_at),
            last_active_at: Timestamp::from_millis(self.last_active_at),
            expires_at: Timestamp::from_millis(self.expires_at),
            provider_session: self
                .provider_issuer
                .zip(self.provider_sid)
                .map(|(issuer, sid)| ProviderSession { issuer, sid }),
        })
    }
}

impl Tx<'_> {
    /// The session with this id, which tokens name as `sid`. Whether it is still alive is the caller's question.
    pub fn find_session(&mut self, id: &str) -> Result<Option<Session>, StoreError> {
        let id = plain(id)?;
        let row =
            db!(self, |db| sessions::table.find(id).select(Row::as_select()).get_result(db).optional())?;
        row.map(Row::session).transpose()
    }

    /// The session of the browser whose cookie has this hash. Whether it is still alive is the caller's question.
    pub fn find_session_by_token_hash(&mut self, token_hash: &str) -> Result<Option<Session>, StoreError> {
        let token_hash = plain(token_hash)?;
        let row = db!(self, |db| sessions::table
            .filter(sessions::token_hash.eq(token_hash))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        row.map(Row::session).transpose()
    }

    pub fn add_session(&mut self, session: &Session) -> Result<(), StoreError> {
        let row = Row::of(session)?;
        db!(self, |db| diesel::insert_into(sessions::table).values(row).execute(db))?;
        Ok(())
    }

    /// Replaces everything of a session but its id and beginning: the same person proved again who they are.
    pub fn change_session(&mut self, session: &Session) -> Result<(), StoreError> {
        let row = Row::of(session)?;
        self.end_standings();
        db!(self, |db| diesel::update(sessions::table.find(&session.id))
            .set((
                sessions::token_hash.eq(row.token_hash),
                sessions::auth_time.eq(row.auth_time),
                sessions::acr.eq(row.acr),
                sessions::amr.eq(row.amr),
                sessions::last_active_at.eq(row.last_active_at),
                sessions::expires_at.eq(row.expires_at),
                sessions::provider_issuer.eq(row.provider_issuer),
                sessions::provider_sid.eq(row.provider_sid),
            ))
            .execute(db))?;
        Ok(())
    }

    /// Writes down that the session was active `now`; whether it exists.
    pub fn touch_session(&mut self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let id = plain(id)?;
        let touched = db!(self, |db| diesel::update(sessions::table.find(id))
            .set(sessions::last_active_at.eq(now.millis()))
            .execute(db))?;
        Ok(touched > 0)
    }

    /// Whether there was one. Its grants stay as they are: [`Tx::revoke_grants_of_sessions`].
    pub fn remove_session(&mut self, id: &str) -> Result<bool, StoreError> {
        let id = plain(id)?;
        let removed = db!(self, |db| diesel::delete(sessions::table.find(id)).execute(db))?;
        self.sessions_removed(removed)?;
        Ok(removed > 0)
    }

    /// Every session of a user, oldest first; those that have expired and were not cleaned up yet too.
    pub fn sessions_of_user(&mut self, user_id: &str) -> Result<Vec<Session>, StoreError> {
        let user_id = plain(user_id)?;
        let rows: Vec<Row> = db!(self, |db| sessions::table
            .filter(sessions::user_id.eq(user_id))
            .select(Row::as_select())
            .order((sessions::created_at, sessions::id))
            .load(db))?;
        rows.into_iter().map(Row::session).collect()
    }

    /// At most `limit` of a user's sessions beyond `kept`: those that were not used for longest.
    pub fn surplus_sessions(
        &mut self,
        user_id: &str,
        kept: i64,
        limit: i64,
    ) -> Result<Vec<Session>, StoreError> {
        let user_id = plain(user_id)?;
        let rows: Vec<Row> = db!(self, |db| sessions::table
            .filter(sessions::user_id.eq(user_id))
            .order((sessions::last_active_at.desc(), sessions::id))
            .offset(kept)
            .limit(limit)
            .select(Row::as_select())
            .load(db))?;
        rows.into_iter().map(Row::session).collect()
    }

    /// At most `limit` of the sessions that began through a connection.
    pub fn sessions_of_connection(
        &mut self,
        connection_id: &str,
        limit: i64,
    ) -> Result<Vec<Session>, StoreError> {
        let connection_id = plain(connection_id)?;
        let rows: Vec<Row> = db!(self, |db| sessions::table
            .filter(sessions::connection_id.eq(connection_id))
            .select(Row::as_select())
            .limit(limit)
            .load(db))?;
        rows.into_iter().map(Row::session).collect()
    }

    /// The sessions of a connection that stand on the provider's own session `at`.
    pub fn sessions_of_provider_session(
        &mut self,
        connection_id: &str,
        at: &ProviderSession,
    ) -> Result<Vec<Session>, StoreError> {
        refuse_nul([Some(connection_id), Some(at.issuer.as_str()), Some(at.sid.as_str())])?;
        let rows: Vec<Row> = db!(self, |db| sessions::table
            .filter(sessions::provider_sid.eq(&at.sid))
            .filter(sessions::provider_issuer.eq(&at.issuer))
            .filter(sessions::connection_id.eq(connection_id))
            .select(Row::as_select())
            .load(db))?;
        rows.into_iter().map(Row::session).collect()
    }

    /// How many there were. Their grants stay as they are: [`Tx::revoke_grants_of_sessions`].
    pub fn remove_sessions(&mut self, ids: &[&str]) -> Result<usize, StoreError> {
        let removed =
            db!(self, |db| diesel::delete(sessions::table.filter(sessions::id.eq_any(ids))).execute(db))?;
        self.sessions_removed(removed)?;
        Ok(removed)
    }

    fn sessions_removed(&mut self, count: usize) -> Result<(), StoreError> {
        if count == 0 {
            return Ok(());
        }
        self.end_standings();
        self.bump(Changed::Sessions)
    }
}
