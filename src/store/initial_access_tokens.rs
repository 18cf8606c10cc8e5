//! Table `initial_access_tokens`: who may register applications, and how many more.

use diesel::prelude::*;

use super::columns::{plain, refuse_nul};
use super::error::StoreError;
use super::paging::{Page, Paged};
use super::schema::initial_access_tokens;
use super::tx::{Tx, db};
use crate::domain::client_registration::InitialAccessToken;
use crate::domain::clock::Timestamp;

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = initial_access_tokens)]
struct Row {
    id: String,
    token_hash: String,
    uses: i64,
    uses_left: i64,
    created_at: i64,
    expires_at: i64,
}

impl Row {
    fn token(self) -> InitialAccessToken {
        InitialAccessToken {
            id: self.id,
            token_hash: self.token_hash,
            count: self.uses,
            remaining: self.uses_left,
            created_at: Timestamp::from_millis(self.created_at),
            expires_at: Timestamp::from_millis(self.expires_at),
        }
    }
}

impl Tx<'_> {
    pub fn add_initial_access_token(&mut self, token: &InitialAccessToken) -> Result<(), StoreError> {
        let row = Row {
            id: token.id.clone(),
            token_hash: token.token_hash.clone(),
            uses: token.count,
            uses_left: token.remaining,
            created_at: token.created_at.millis(),
            expires_at: token.expires_at.millis(),
        };
        db!(self, |db| diesel::insert_into(initial_access_tokens::table).values(row).execute(db))?;
        Ok(())
    }

    /// The token with this hash, if it can register one more application.
    pub fn find_initial_access_token(
        &mut self,
        token_hash: &str,
        now: Timestamp,
    ) -> Result<Option<InitialAccessToken>, StoreError> {
        let token_hash = plain(token_hash)?;
        let row = db!(self, |db| initial_access_tokens::table
            .filter(initial_access_tokens::token_hash.eq(token_hash))
            .filter(initial_access_tokens::uses_left.gt(0))
            .filter(initial_access_tokens::expires_at.gt(now.millis()))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        Ok(row.map(Row::token))
    }

    /// Takes one registration from the token with this hash; `false` if it has none left.
    pub fn take_registration(&mut self, token_hash: &str, now: Timestamp) -> Result<bool, StoreError> {
        let token_hash = plain(token_hash)?;
        let taken = db!(self, |db| diesel::update(
            initial_access_tokens::table
                .filter(initial_access_tokens::token_hash.eq(token_hash))
                .filter(initial_access_tokens::uses_left.gt(0))
                .filter(initial_access_tokens::expires_at.gt(now.millis())),
        )
        .set(initial_access_tokens::uses_left.eq(initial_access_tokens::uses_left - 1))
        .execute(db))?;
        Ok(taken > 0)
    }

    /// A page of all tokens, sorted by id.
    pub fn list_initial_access_tokens(
        &mut self,
        page: &Page,
    ) -> Result<Paged<InitialAccessToken>, StoreError> {
        refuse_nul([page.after()])?;
        let total = match page.wants_total() {
            true => Some(db!(self, |db| initial_access_tokens::table.count().get_result(db))?),
            false => None,
        };
        let rows: Vec<Row> = db!(self, |db| {
            let mut query = initial_access_tokens::table.select(Row::as_select()).into_boxed();
            if let Some(after) = page.after() {
                query = query.filter(initial_access_tokens::id.gt(after));
            }
            query.order(initial_access_tokens::id).limit(page.limit()).offset(page.offset()).load(db)
        })?;
        page.cut(rows, total, |row| &row.id).try_map(|row| Ok(row.token()))
    }

    /// Whether there was one.
    pub fn remove_initial_access_token(&mut self, id: &str) -> Result<bool, StoreError> {
        let id = plain(id)?;
        let removed = db!(self, |db| diesel::delete(initial_access_tokens::table.find(id)).execute(db))?;
        Ok(removed > 0)
    }
}
