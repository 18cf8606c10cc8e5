//! Table `refresh_tokens`: the refresh tokens of each grant, hashed.

use diesel::prelude::*;

use super::columns::{millis, plain, refuse_nul, time};
use super::compiled::Compiled;
use super::error::StoreError;
use super::schema::{grants, refresh_tokens, sessions, users};
use super::tx::{Tx, db};
use super::{grants as grant_rows, sessions as session_rows, users as user_rows};
use crate::domain::clock::Timestamp;
use crate::domain::grant::Grant;
use crate::domain::refresh_token::RefreshToken;
use crate::domain::session::Session;
use crate::domain::user::User;

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = refresh_tokens, treat_none_as_default_value = false)]
struct Row {
    family_hash: String,
    token_hash: String,
    grant_id: String,
    client_id: String,
    generation: i64,
    created_at: i64,
    used_at: Option<i64>,
    rotated_at: Option<i64>,
    expires_at: i64,
    family_expires_at: i64,
}

impl Row {
    fn of(token: &RefreshToken) -> Result<Self, StoreError> {
        let texts = [&token.family_hash, &token.token_hash, &token.grant_id, &token.client_id];
        refuse_nul(texts.map(|text| Some(text.as_str())))?;
        Ok(Self {
            family_hash: token.family_hash.clone(),
            token_hash: token.token_hash.clone(),
            grant_id: token.grant_id.clone(),
            client_id: token.client_id.clone(),
            generation: token.generation,
            created_at: token.created_at.millis(),
            used_at: millis(token.used_at),
            rotated_at: millis(token.rotated_at),
            expires_at: token.expires_at.millis(),
            family_expires_at: token.family_expires_at.millis(),
        })
    }

    fn refresh_token(self) -> RefreshToken {
        RefreshToken {
            family_hash: self.family_hash,
            token_hash: self.token_hash,
            grant_id: self.grant_id,
            client_id: self.client_id,
            generation: self.generation,
            created_at: Timestamp::from_millis(self.created_at),
            used_at: time(self.used_at),
            rotated_at: time(self.rotated_at),
            expires_at: Timestamp::from_millis(self.expires_at),
            family_expires_at: Timestamp::from_millis(self.family_expires_at),
        }
    }
}

/// A stored refresh token, with what it stands for.
#[derive(Clone, Debug)]
pub struct RefreshTokenFound {
    pub token: RefreshToken,
    pub grant: Grant,
    pub user: Option<User>,
    pub session: Option<Session>,
}

impl Tx<'_> {
    /// The refresh token with these hashes, its grant and the person behind it; all of that is the caller's to judge.
    pub fn find_refresh_token(
        &mut self,
        family_hash: &str,
        token_hash: &str,
    ) -> Result<Option<RefreshTokenFound>, StoreError> {
        type Rows = (Row, grant_rows::Row, Option<user_rows::Row>, Option<session_rows::Row>);
        refuse_nul([Some(family_hash), Some(token_hash)])?;
        let rows: Option<Rows> = db!(self, |db| refresh_tokens::table
            .inner_join(grants::table.on(grants::id.eq(refresh_tokens::grant_id)))
            .left_join(users::table.on(users::user_id.eq(grants::user_id)))
            .left_join(sessions::table.on(sessions::id.eq(grants::session_id)))
            .filter(refresh_tokens::family_hash.eq(family_hash))
            .filter(refresh_tokens::token_hash.eq(token_hash))
            .select((
                Row::as_select(),
                grant_rows::Row::as_select(),
                Option::<user_rows::Row>::as_select(),
                Option::<session_rows::Row>::as_select(),
            ))
            .get_result(db)
            .optional())?;
        rows.map(|(token, grant, user, session)| {
            Ok(RefreshTokenFound {
                token: token.refresh_token(),
                grant: grant.grant()?,
                user: user.map(user_rows::Row::user).transpose()?,
                session: session.map(session_rows::Row::session).transpose()?,
            })
        })
        .transpose()
    }

    /// The refresh tokens of a family that are not forgotten yet, oldest first.
    pub fn refresh_tokens_of(&mut self, family_hash: &str) -> Result<Vec<RefreshToken>, StoreError> {
        let family_hash = plain(family_hash)?;
        let rows: Vec<Row> = db!(self, |db| refresh_tokens::table
            .filter(refresh_tokens::family_hash.eq(family_hash))
            .order((refresh_tokens::generation, refresh_tokens::created_at))
            .select(Row::as_select())
            .load(db))?;
        Ok(rows.into_iter().map(Row::refresh_token).collect())
    }

    pub fn add_refresh_token(&mut self, token: &RefreshToken) -> Result<(), StoreError> {
        let row = Row::of(token)?;
        db!(self, |db| diesel::insert_into(refresh_tokens::table).values(row).execute(db))?;
        Ok(())
    }

    /// Makes `token` the first of the family of its grant, which is kept until `grant_expires_at`.
    pub fn begin_refresh_family(
        &mut self,
        token: &RefreshToken,
        grant_expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.add_refresh_token(token)?;
        db!(self, |db| Compiled(diesel::update(grants::table.find(&token.grant_id)).set((
            grants::refresh_family_hash.eq(&token.family_hash),
            grants::expires_at.eq(grant_expires_at.millis()),
        )))
        .execute(db))?;
        Ok(())
    }

    /// Exchanges a refresh token, once: `false` if somebody was faster. It is forgotten at `forget_at`.
    pub fn rotate_refresh_token(
        &mut self,
        token: &RefreshToken,
        now: Timestamp,
        forget_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let rotated = db!(self, |db| Compiled(
            diesel::update(refresh_tokens::table.find((&token.family_hash, &token.token_hash)))
                .filter(refresh_tokens::rotated_at.is_null())
                .set((
                    refresh_tokens::used_at.eq(now.millis()),
                    refresh_tokens::rotated_at.eq(now.millis()),
                    refresh_tokens::expires_at.eq(forget_at.millis()),
                ))
        )
        .execute(db))?;
        Ok(rotated > 0)
    }

    /// Puts `successor` in the place of the refresh token `used`, once: `false` if somebody was faster. Nothing is left of
    /// `used`, which nobody may use again.
    pub fn replace_refresh_token(
        &mut self,
        used: &RefreshToken,
        successor: &RefreshToken,
    ) -> Result<bool, StoreError> {
        let row = Row::of(successor)?;
        let replaced = db!(self, |db| Compiled(
            diesel::update(refresh_tokens::table.find((&used.family_hash, &used.token_hash)))
                .filter(refresh_tokens::rotated_at.is_null())
                .set((
                    refresh_tokens::token_hash.eq(row.token_hash),
                    refresh_tokens::generation.eq(row.generation),
                    refresh_tokens::created_at.eq(row.created_at),
                    refresh_tokens::used_at.eq(row.used_at),
                    refresh_tokens::expires_at.eq(row.expires_at),
                ))
        )
        .execute(db))?;
        Ok(replaced > 0)
    }

    /// Writes down that a refresh token that stays was used, and when it expires if it is not used again.
    pub fn touch_refresh_token(
        &mut self,
        token: &RefreshToken,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        db!(self, |db| Compiled(
            diesel::update(refresh_tokens::table.find((&token.family_hash, &token.token_hash))).set((
                refresh_tokens::used_at.eq(now.millis()),
                refresh_tokens::expires_at.eq(expires_at.millis()),
            ))
        )
        .execute(db))?;
        Ok(())
    }
}
