//! Table `grants`: what people let applications have, and the codes that fetch it.

use diesel::prelude::*;

use super::columns::{from_json, millis, plain, refuse_nul, time, to_json};
use super::compiled::Compiled;
use super::error::StoreError;
use super::schema::grants;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::grant::{Grant, TakenCode};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = grants, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: String,
    code_hash: String,
    client_id: String,
    user_id: String,
    session_id: String,
    connection_id: String,
    redirect_uri: String,
    scope: String,
    audience: Option<String>,
    nonce: Option<String>,
    code_challenge: Option<String>,
    auth_time: i64,
    acr: Option<String>,
    amr: String,
    created_at: i64,
    code_expires_at: i64,
    code_used_at: Option<i64>,
    revoked_at: Option<i64>,
    expires_at: i64,
    is_offline: bool,
    claims: Option<String>,
    authorization_details: Option<String>,
    dpop_jkt: Option<String>,
    refresh_family_hash: Option<String>,
}

impl Row {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    fn of(grant: &Grant) -> Result<Self, StoreError> {
        let ids = [&grant.id, &grant.client_id, &grant.user_id, &grant.session_id, &grant.connection_id];
        let texts = [&grant.code_hash, &grant.redirect_uri, &grant.scope];
        let options = [
            &grant.audience,
            &grant.nonce,
            &grant.code_challenge,
            &grant.acr,
            &grant.dpop_jkt,
            &grant.refresh_family_hash,
        ];
        refuse_nul(ids.into_iter().chain(texts).map(|text| Some(text.as_str())))?;
        refuse_nul(options.map(Option::as_deref))?;
        Ok(Self {
            id: grant.id.clone(),
            code_hash: grant.code_hash.clone(),
            client_id: grant.client_id.clone(),
            user_id: grant.user_id.clone(),
            session_id: grant.session_id.clone(),
            connection_id: grant.connection_id.clone(),
            redirect_uri: grant.redirect_uri.clone(),
            scope: grant.scope.clone(),
            audience: grant.audience.clone(),
            nonce: grant.nonce.clone(),
            code_challenge: grant.code_challenge.clone(),
            auth_time: grant.auth_time.millis(),
            acr: grant.acr.clone(),
            amr: to_json("grants.amr", &grant.amr)?,
            created_at: grant.created_at.millis(),
            code_expires_at: grant.code_expires_at.millis(),
            code_used_at: millis(grant.code_used_at),
            revoked_at: millis(grant.revoked_at),
            expires_at: grant.expires_at.millis(),
            is_offline: grant.is_offline,
            claims: grant.claims.as_ref().map(|claims| to_json("grants.claims", claims)).transpose()?,
            authorization_details: grant
                .authorization_details
                .as_ref()
                .map(|details| to_json("grants.authorization_details", details))
                .transpose()?,
            dpop_jkt: grant.dpop_jkt.clone(),
            refresh_family_hash: grant.refresh_family_hash.clone(),
        })
    }

    pub(super) fn grant(self) -> Result<Grant, StoreError> {
        Ok(Grant {
            amr: from_json("grants.amr", &self.amr)?,
            claims: self.claims.map(|claims| from_json("grants.claims", &claims)).transpose()?,
            authorization_details: self
                .authorization_details
                .map(|details| from_json("grants.authorization_details", &details))
                .transpose()?,
            id: self.id,
            code_hash: self.code_hash,
            client_id: self.client_id,
            user_id: self.user_id,
            session_id: self.session_id,
            connection_id: self.connection_id,
            redirect_uri: self.redirect_uri,
            scope: self.scope,
            audience: self.audience,
            nonce: self.nonce,
            code_challenge: self.code_challenge,
            auth_time: Timestamp::from_millis(self.auth_time),
            acr: self.acr,
            created_at: Timestamp::from_millis(self.created_at),
            code_expires_at: Timestamp::from_millis(self.code_expires_at),
            code_used_at: time(self.code_used_at),
            revoked_at: time(self.revoked_at),
            expires_at: Timestamp::from_millis(self.expires_at),
            is_offline: self.is_offline,
            dpop_jkt: self.dpop_jkt,
            refresh_family_hash: self.refresh_family_hash,
        })
    }
}

impl Tx<'_> {
    pub fn find_grant(&mut self, id: &str) -> Result<Option<Grant>, StoreError> {
        let id = plain(id)?;
        let row = db!(self, |db| grants::table.find(id).select(Row::as_select()).get_result(db).optional())?;
        row.map(Row::grant).transpose()
    }

    pub fn add_grant(&mut self, grant: &Grant) -> Result<(), StoreError> {
        let row = Row::of(grant)?;
        db!(self, |db| diesel::insert_into(grants::table).values(row).execute(db))?;
        Ok(())
    }

    /// Takes the code with this hash, once (RFC 6749 §4.1.2): its second use revokes what the first one gave.
    ///
    /// A code of another client is [`TakenCode::Unknown`] and stays as it is. Expiry, revocation, redirect URI and
    /// PKCE are the caller's questions. Answer a refusal with `Ok` from the write, so that the taking is kept.
    pub fn take_code(
        &mut self,
        code_hash: &str,
        client_id: &str,
        now: Timestamp,
    ) -> Result<TakenCode, StoreError> {
        refuse_nul([Some(code_hash), Some(client_id)])?;
        let of_client =
            || grants::table.filter(grants::code_hash.eq(code_hash)).filter(grants::client_id.eq(client_id));
        let fresh: Option<Row> = db!(self, |db| Compiled(
            diesel::update(of_client().filter(grants::code_used_at.is_null()))
                .set(grants::code_used_at.eq(now.millis()))
                .returning(Row::as_returning())
        )
        .get_result(db)
        .optional())?;
        if let Some(row) = fresh {
            return Ok(TakenCode::Fresh(Box::new(row.grant()?)));
        }
        let replayed: Option<Row> = db!(self, |db| {
            diesel::update(of_client().filter(grants::revoked_at.is_null()))
                .set(grants::revoked_at.eq(now.millis()))
                .execute(db)?;
            of_client().select(Row::as_select()).get_result(db).optional()
        })?;
        Ok(match replayed {
            Some(row) => {
                self.end_standings();
                TakenCode::Replayed(Box::new(row.grant()?))
            }
            None => TakenCode::Unknown,
        })
    }

    /// Keeps a grant until `expires_at`.
    pub fn extend_grant(&mut self, id: &str, expires_at: Timestamp) -> Result<(), StoreError> {
        let id = plain(id)?;
        db!(self, |db| Compiled(
            diesel::update(grants::table.find(id)).set(grants::expires_at.eq(expires_at.millis()))
        )
        .execute(db))?;
        Ok(())
    }

    /// Binds the refresh tokens of a grant to a key (RFC 9449 §5).
    pub fn bind_grant(&mut self, id: &str, thumbprint: &str) -> Result<(), StoreError> {
        refuse_nul([Some(id), Some(thumbprint)])?;
        db!(self, |db| diesel::update(grants::table.find(id))
            .set(grants::dpop_jkt.eq(thumbprint))
            .execute(db))?;
        Ok(())
    }

    /// Revokes one grant; whether it was good until now.
    pub fn revoke_grant(&mut self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let id = plain(id)?;
        let revoked = db!(self, |db| diesel::update(grants::table.find(id))
            .filter(grants::revoked_at.is_null())
            .set(grants::revoked_at.eq(now.millis()))
            .execute(db))?;
        self.end_standings();
        Ok(revoked > 0)
    }

    /// Revokes what was granted in any of `session_ids` but not for `offline_access`; how many grants that were still
    /// good.
    pub fn revoke_online_grants_of_sessions(
        &mut self,
        session_ids: &[&str],
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        self.end_standings();
        db!(self, |db| diesel::update(grants::table)
            .filter(grants::session_id.eq_any(session_ids))
            .filter(grants::is_offline.eq(false))
            .filter(grants::revoked_at.is_null())
            .set(grants::revoked_at.eq(now.millis()))
            .execute(db))
    }

    /// Revokes what was granted in any of `session_ids`; how many grants that were still good.
    pub fn revoke_grants_of_sessions(
        &mut self,
        session_ids: &[&str],
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        self.end_standings();
        db!(self, |db| diesel::update(grants::table)
            .filter(grants::session_id.eq_any(session_ids))
            .filter(grants::revoked_at.is_null())
            .set(grants::revoked_at.eq(now.millis()))
            .execute(db))
    }
}
