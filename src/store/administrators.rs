//! Table `administrators`: who may manage the hub, by user id.

use diesel::prelude::*;

use super::columns::plain;
use super::error::StoreError;
use super::revisions::Changed;
use super::schema::{administrators, users};
use super::tx::{Tx, db};
use super::users as user_rows;
use crate::domain::administrator::Administrator;
use crate::domain::clock::Timestamp;
use crate::domain::locale::Locale;

impl Tx<'_> {
    pub fn has_administrators(&mut self) -> Result<bool, StoreError> {
        db!(self, |db| diesel::select(diesel::dsl::exists(
            administrators::table.select(administrators::user_id)
        ))
        .get_result(db))
    }

    pub fn is_administrator(&mut self, user_id: &str) -> Result<bool, StoreError> {
        let user_id = plain(user_id)?;
        db!(self, |db| diesel::select(diesel::dsl::exists(
            administrators::table.filter(administrators::user_id.eq(user_id))
        ))
        .get_result(db))
    }

    /// Every administrator, the first one first.
    pub fn list_administrators(&mut self) -> Result<Vec<Administrator>, StoreError> {
        let rows: Vec<(user_rows::Row, i64, Option<String>)> = db!(self, |db| administrators::table
            .inner_join(users::table.on(users::user_id.eq(administrators::user_id)))
            .select((user_rows::Row::as_select(), administrators::created_at, administrators::language))
            .order((administrators::created_at, administrators::user_id))
            .load(db))?;
        let of = |(row, since, language): (user_rows::Row, i64, Option<String>)| {
            let language = language.as_deref().and_then(Locale::from_tag).unwrap_or_default();
            Ok(Administrator { user: row.user()?, since: Timestamp::from_millis(since), language })
        };
        rows.into_iter().map(of).collect()
    }

    /// As [`Tx::list_administrators`], for a change that asks who will be left: one at a time, by whichever node.
    pub fn administrators_for_change(&mut self) -> Result<Vec<Administrator>, StoreError> {
        self.bump(Changed::Users)?;
        self.list_administrators()
    }

    /// Makes a user an administrator, who may be one already, and notes their language.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if there is no such user.
    pub fn add_administrator(
        &mut self,
        user_id: &str,
        language: Locale,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = (
            administrators::user_id.eq(plain(user_id)?),
            administrators::created_at.eq(now.millis()),
            administrators::language.eq(language.tag()),
        );
        db!(self, |db| diesel::insert_into(administrators::table)
            .values(row)
            .on_conflict(administrators::user_id)
            .do_update()
            .set(administrators::language.eq(language.tag()))
            .execute(db))?;
        Ok(())
    }

    /// Takes that from a user; whether they were one.
    pub fn remove_administrator(&mut self, user_id: &str) -> Result<bool, StoreError> {
        let user_id = plain(user_id)?;
        let removed = db!(self, |db| diesel::delete(administrators::table.find(user_id)).execute(db))?;
        if removed > 0 {
            self.end_standings();
            self.bump(Changed::Users)?;
        }
        Ok(removed > 0)
    }
}
