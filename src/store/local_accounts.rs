//! Table `local_accounts`: classic accounts, e-mail and password, of our own connections.

use diesel::prelude::*;

use super::columns::{from_json, refuse_nul, to_json};
use super::error::StoreError;
use super::schema::local_accounts;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::user::LocalAccount;

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = local_accounts)]
struct Row {
    id: String,
    connection_id: String,
    email: String,
    password_hash: String,
    profile: String,
    created_at: i64,
}

impl Tx<'_> {
    /// The account with this address, which must be in lower case.
    pub fn find_local_account(
        &mut self,
        connection_id: &str,
        email: &str,
    ) -> Result<Option<LocalAccount>, StoreError> {
        refuse_nul([Some(connection_id), Some(email)])?;
        let row: Option<Row> = db!(self, |db| local_accounts::table
            .filter(local_accounts::connection_id.eq(connection_id))
            .filter(local_accounts::email.eq(email))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        row.map(|row| {
            Ok(LocalAccount {
                profile: from_json("local_accounts.profile", &row.profile)?,
                id: row.id,
                connection_id: row.connection_id,
                email: row.email,
                password_hash: row.password_hash,
                created_at: Timestamp::from_millis(row.created_at),
            })
        })
        .transpose()
    }

    /// # Errors
    /// [`StoreError::Conflict`] if the address has an account, [`StoreError::Gone`] if there is no such connection.
    pub fn add_local_account(&mut self, account: &LocalAccount) -> Result<(), StoreError> {
        let texts = [&account.id, &account.connection_id, &account.email, &account.password_hash];
        refuse_nul(texts.map(|text| Some(text.as_str())))?;
        let row = Row {
            id: account.id.clone(),
            connection_id: account.connection_id.clone(),
            email: account.email.clone(),
            password_hash: account.password_hash.clone(),
            profile: to_json("local_accounts.profile", &account.profile)?,
            created_at: account.created_at.millis(),
        };
        db!(self, |db| diesel::insert_into(local_accounts::table).values(row).execute(db))?;
        Ok(())
    }

    /// Stores password and profile of `account`; whether there was one.
    pub fn change_local_account(&mut self, account: &LocalAccount) -> Result<bool, StoreError> {
        refuse_nul([Some(account.id.as_str()), Some(account.password_hash.as_str())])?;
        let profile = to_json("local_accounts.profile", &account.profile)?;
        let changed = db!(self, |db| diesel::update(
            local_accounts::table
                .filter(local_accounts::connection_id.eq(&account.connection_id))
                .filter(local_accounts::id.eq(&account.id))
        )
        .set(
            (local_accounts::password_hash.eq(&account.password_hash), local_accounts::profile.eq(&profile),)
        )
        .execute(db))?;
        Ok(changed > 0)
    }

    /// Removes the account with this id; whether there was one.
    pub fn remove_local_account(&mut self, connection_id: &str, id: &str) -> Result<bool, StoreError> {
        refuse_nul([Some(connection_id), Some(id)])?;
        let removed = db!(self, |db| diesel::delete(
            local_accounts::table
                .filter(local_accounts::connection_id.eq(connection_id))
                .filter(local_accounts::id.eq(id))
        )
        .execute(db))?;
        Ok(removed > 0)
    }
}
