//! Table `removed_users`: whose the ids of removed users were.
//!
//! Written where users are removed, in the same transaction, so that no caller can forget it.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::columns::plain;
use super::error::StoreError;
use super::schema::{connections, identities, removed_users};
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::connection::Strategy;
use crate::domain::removed::RemovedUser;

impl Tx<'_> {
    /// Whose the id was, if it was that of a user who was removed.
    pub fn find_removed_user(&mut self, user_id: &str) -> Result<Option<RemovedUser>, StoreError> {
        let user_id = plain(user_id)?;
        let row: Option<(String, String, String)> = db!(self, |db| removed_users::table
            .find(user_id)
            .select((removed_users::user_id, removed_users::issuer, removed_users::subject))
            .get_result(db)
            .optional())?;
        Ok(row.map(|(user_id, issuer, subject)| RemovedUser { user_id, issuer, subject }))
    }

    /// Whether anybody who signed in through a connection of this name was removed.
    pub fn has_removed_users(&mut self, connection_name: &str) -> Result<bool, StoreError> {
        let name = plain(connection_name)?;
        let of_name = removed_users::table.filter(removed_users::connection_name.eq(name));
        db!(self, |db| diesel::select(exists(of_name)).get_result(db))
    }

    pub(super) fn remember_user(&mut self, user_id: &str, now: Timestamp) -> Result<(), StoreError> {
        self.remember(Of::User(user_id), now)
    }

    pub(super) fn remember_users_of(
        &mut self,
        connection_id: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.remember(Of::Connection(connection_id), now)
    }

    /// Those whose id was made of the name of their connection. Ids of classic accounts are drawn, and never again.
    fn remember(&mut self, of: Of<'_>, now: Timestamp) -> Result<(), StoreError> {
        db!(self, |db| {
            let own_id = Strategy::Oidc
                .name()
                .into_sql::<Text>()
                .concat("|")
                .concat(connections::name)
                .concat("|")
                .concat(identities::subject);
            let mut people = identities::table
                .inner_join(connections::table.on(connections::id.eq(identities::connection_id)))
                .filter(connections::strategy.eq(Strategy::Oidc.name()))
                .filter(identities::user_id.eq(own_id))
                // Whoever came back after they were removed is remembered as before.
                .filter(identities::user_id.ne_all(removed_users::table.select(removed_users::user_id)))
                .select((
                    identities::user_id,
                    connections::name,
                    identities::issuer,
                    identities::subject,
                    now.millis().into_sql::<BigInt>(),
                ))
                .into_boxed();
            people = match of {
                Of::User(user_id) => people.filter(identities::user_id.eq(user_id)),
                Of::Connection(id) => people.filter(identities::connection_id.eq(id)),
            };
            diesel::insert_into(removed_users::table)
                .values(people)
                .into_columns((
                    removed_users::user_id,
                    removed_users::connection_name,
                    removed_users::issuer,
                    removed_users::subject,
                    removed_users::removed_at,
                ))
                .execute(db)
        })?;
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Of<'a> {
    User(&'a str),
    Connection(&'a str),
}
