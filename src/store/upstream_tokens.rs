//! Table `upstream_tokens`: what providers gave for our people, sealed.

use diesel::prelude::*;

use super::columns::refuse_nul;
use super::connection_schema::upstream_tokens;
use super::error::StoreError;
use super::tx::{Tx, db};
use crate::crypto::sealing::Purpose;
use crate::domain::clock::Timestamp;
use crate::domain::upstream_tokens::UpstreamTokens;
use crate::domain::user::Identity;

/// Whose they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityKey {
    pub connection_id: String,
    pub issuer: String,
    pub subject: String,
}

impl IdentityKey {
    pub fn of(identity: &Identity) -> Self {
        Self {
            connection_id: identity.connection_id.clone(),
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
        }
    }

    /// What their seal is bound to.
    fn context(&self) -> String {
        [&self.connection_id, &self.issuer, &self.subject].map(String::as_str).join("\n")
    }

    fn check(&self) -> Result<(), StoreError> {
        refuse_nul([&self.connection_id, &self.issuer, &self.subject].map(|text| Some(text.as_str())))
    }
}

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = upstream_tokens)]
struct Row {
    connection_id: String,
    issuer: String,
    subject: String,
    tokens_sealed: String,
    leased_until: Option<i64>,
    version: i64,
    updated_at: i64,
}

const WHAT: &str = "a provider's tokens";

impl Tx<'_> {
    /// Keeps `tokens` in the place of what was kept before, and ends any lease.
    pub fn keep_upstream_tokens(
        &mut self,
        key: &IdentityKey,
        tokens: &UpstreamTokens,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        key.check()?;
        let text = tokens.to_text().ok_or(StoreError::Corrupt { what: WHAT })?;
        let sealed = self.seal(Purpose::UpstreamTokens, &key.context(), &text);
        let row = Row {
            connection_id: key.connection_id.clone(),
            issuer: key.issuer.clone(),
            subject: key.subject.clone(),
            tokens_sealed: sealed.clone(),
            leased_until: None,
            version: 1,
            updated_at: now.millis(),
        };
        db!(self, |db| diesel::insert_into(upstream_tokens::table)
            .values(row)
            .on_conflict((upstream_tokens::connection_id, upstream_tokens::issuer, upstream_tokens::subject))
            .do_update()
            .set((
                upstream_tokens::tokens_sealed.eq(sealed),
                upstream_tokens::leased_until.eq(None::<i64>),
                upstream_tokens::version.eq(upstream_tokens::version + 1),
                upstream_tokens::updated_at.eq(now.millis()),
            ))
            .execute(db))?;
        Ok(())
    }

    /// What is kept, with its version.
    pub fn find_upstream_tokens(
        &mut self,
        key: &IdentityKey,
    ) -> Result<Option<(UpstreamTokens, i64)>, StoreError> {
        key.check()?;
        let row: Option<Row> = db!(self, |db| upstream_tokens::table
            .find((&key.connection_id, &key.issuer, &key.subject))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        row.map(|row| {
            let text = self.open(Purpose::UpstreamTokens, &key.context(), &row.tokens_sealed, WHAT)?;
            let tokens = UpstreamTokens::from_text(&text).ok_or(StoreError::Corrupt { what: WHAT })?;
            Ok((tokens, row.version))
        })
        .transpose()
    }

    /// Takes what is kept for a refresh, unless somebody else has it, or it is no longer `version`.
    pub fn lease_upstream_tokens(
        &mut self,
        key: &IdentityKey,
        version: i64,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        key.check()?;
        let leased = db!(self, |db| diesel::update(upstream_tokens::table.find((
            &key.connection_id,
            &key.issuer,
            &key.subject
        )))
        .filter(upstream_tokens::version.eq(version))
        .filter(upstream_tokens::leased_until.is_null().or(upstream_tokens::leased_until.le(now.millis())))
        .set(upstream_tokens::leased_until.eq(until.millis()))
        .execute(db))?;
        Ok(leased > 0)
    }

    /// Gives back what was leased, unchanged: the next one who asks tries again.
    pub fn release_upstream_tokens(&mut self, key: &IdentityKey, version: i64) -> Result<(), StoreError> {
        key.check()?;
        db!(self, |db| diesel::update(upstream_tokens::table.find((
            &key.connection_id,
            &key.issuer,
            &key.subject
        )))
        .filter(upstream_tokens::version.eq(version))
        .set(upstream_tokens::leased_until.eq(None::<i64>))
        .execute(db))?;
        Ok(())
    }

    /// Removes what is kept, if it is still `version`.
    pub fn remove_upstream_tokens(&mut self, key: &IdentityKey, version: i64) -> Result<(), StoreError> {
        key.check()?;
        db!(self, |db| diesel::delete(upstream_tokens::table.find((
            &key.connection_id,
            &key.issuer,
            &key.subject
        )))
        .filter(upstream_tokens::version.eq(version))
        .execute(db))?;
        Ok(())
    }

    /// Removes what is kept of everybody at a connection.
    pub fn remove_upstream_tokens_of_connection(&mut self, connection_id: &str) -> Result<(), StoreError> {
        refuse_nul([Some(connection_id)])?;
        db!(self, |db| diesel::delete(
            upstream_tokens::table.filter(upstream_tokens::connection_id.eq(connection_id))
        )
        .execute(db))?;
        Ok(())
    }
}
