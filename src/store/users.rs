//! Table `users`: our people.

use diesel::prelude::*;

use super::columns::{from_json, indexed, millis, plain, refuse_nul, time, to_json};
use super::compiled::Compiled;
use super::error::StoreError;
use super::paging::{Page, Paged};
use super::revisions::Changed;
use super::schema::{grants, identities, sessions, users};
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::user::User;

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(super) struct Row {
    user_id: String,
    email_normalized: Option<String>,
    name_normalized: Option<String>,
    profile: String,
    user_metadata: String,
    app_metadata: String,
    is_blocked: bool,
    created_at: i64,
    updated_at: i64,
    last_login_at: Option<i64>,
    last_ip: Option<String>,
    logins_count: i64,
    version: i64,
}

/// Which users a list holds; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// The whole address; upper and lower case do not matter.
    pub email: Option<String>,
    /// With an identity at this connection.
    pub connection_id: Option<String>,
}

/// What is compared without regard to case. NUL bytes, which a profile may hold in JSON, are left out.
fn normalized(text: Option<&str>) -> Option<String> {
    text.map(|text| indexed(text.trim().to_lowercase().replace('\0', "")))
}

impl Row {
    fn of(user: &User) -> Result<Self, StoreError> {
        refuse_nul([Some(user.user_id.as_str()), user.last_ip.as_deref()])?;
        Ok(Self {
            user_id: user.user_id.clone(),
            email_normalized: normalized(user.email()),
            name_normalized: normalized(user.text("name")),
            profile: to_json("users.profile", &user.profile)?,
            user_metadata: to_json("users.user_metadata", &user.user_metadata)?,
            app_metadata: to_json("users.app_metadata", &user.app_metadata)?,
            is_blocked: user.is_blocked,
            created_at: user.created_at.millis(),
            updated_at: user.updated_at.millis(),
            last_login_at: millis(user.last_login_at),
            last_ip: user.last_ip.clone(),
            logins_count: user.logins_count,
            version: user.version,
        })
    }

    pub(super) fn user(self) -> Result<User, StoreError> {
        Ok(User {
            profile: from_json("users.profile", &self.profile)?,
            user_metadata: from_json("users.user_metadata", &self.user_metadata)?,
            app_metadata: from_json("users.app_metadata", &self.app_metadata)?,
            user_id: self.user_id,
            is_blocked: self.is_blocked,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            last_login_at: time(self.last_login_at),
            last_ip: self.last_ip,
            logins_count: self.logins_count,
            version: self.version,
        })
    }
}

impl Tx<'_> {
    pub fn find_user(&mut self, user_id: &str) -> Result<Option<User>, StoreError> {
        let user_id = plain(user_id)?;
        let row =
            db!(self, |db| users::table.find(user_id).select(Row::as_select()).get_result(db).optional())?;
        row.map(Row::user).transpose()
    }

    /// A page of the users that `filter` lets through, sorted by `user_id`.
    pub fn list_users(&mut self, filter: &UserFilter, page: &Page) -> Result<Paged<User>, StoreError> {
        refuse_nul([filter.email.as_deref(), filter.connection_id.as_deref(), page.after()])?;
        let email = normalized(filter.email.as_deref());
        let (rows, total) = db!(self, |db| {
            let matching = || {
                let mut query = users::table.into_boxed();
                if let Some(email) = &email {
                    query = query.filter(users::email_normalized.eq(email));
                }
                if let Some(connection_id) = &filter.connection_id {
                    let there = identities::table
                        .filter(identities::connection_id.eq(connection_id))
                        .select(identities::user_id);
                    query = query.filter(users::user_id.eq_any(there));
                }
                query
            };
            let total: Option<i64> =
                if page.wants_total() { Some(matching().count().get_result(db)?) } else { None };
            let mut query = matching();
            if let Some(after) = page.after() {
                query = query.filter(users::user_id.gt(after));
            }
            let rows: Vec<Row> = query
                .select(Row::as_select())
                .order(users::user_id)
                .limit(page.limit())
                .offset(page.offset())
                .load(db)?;
            Ok((rows, total))
        })?;
        page.cut(rows, total, |row| &row.user_id).try_map(Row::user)
    }

    /// # Errors
    /// [`StoreError::Conflict`] if there is a user with this id.
    pub fn add_user(&mut self, user: &User) -> Result<(), StoreError> {
        let row = Row::of(user)?;
        db!(self, |db| diesel::insert_into(users::table).values(row).execute(db))?;
        Ok(())
    }

    /// Stores profile, metadata and the account of logins of `user`, which was read at its `version`; returns the new
    /// version. `is_blocked` stays as it is: [`Tx::set_blocked`] changes it.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if it was changed or removed since.
    pub fn change_user(&mut self, user: &User) -> Result<i64, StoreError> {
        let version = user.version.saturating_add(1);
        let row = Row::of(user)?;
        let changed = db!(self, |db| diesel::update(users::table)
            .filter(users::user_id.eq(&user.user_id))
            .filter(users::version.eq(user.version))
            .set((
                users::email_normalized.eq(row.email_normalized),
                users::name_normalized.eq(row.name_normalized),
                users::profile.eq(row.profile),
                users::user_metadata.eq(row.user_metadata),
                users::app_metadata.eq(row.app_metadata),
                users::updated_at.eq(row.updated_at),
                users::last_login_at.eq(row.last_login_at),
                users::last_ip.eq(row.last_ip),
                users::logins_count.eq(row.logins_count),
                users::version.eq(version),
            ))
            .execute(db))?;
        self.end_standings();
        if changed == 0 { Err(StoreError::Stale) } else { Ok(version) }
    }

    /// Stores the profile that a login brought and counts the login. Logins of one user side by side are all
    /// counted, so no version is asked for; `is_blocked` and metadata stay as they are.
    pub fn record_login(&mut self, user: &User) -> Result<(), StoreError> {
        let row = Row::of(user)?;
        db!(self, |db| Compiled(diesel::update(users::table.find(&user.user_id)).set((
            users::email_normalized.eq(row.email_normalized),
            users::name_normalized.eq(row.name_normalized),
            users::profile.eq(row.profile),
            users::updated_at.eq(row.updated_at),
            users::last_login_at.eq(row.last_login_at),
            users::last_ip.eq(row.last_ip),
            users::logins_count.eq(users::logins_count + 1),
            users::version.eq(users::version + 1),
        )))
        .execute(db))?;
        Ok(())
    }

    /// Blocks or unblocks a user; whether that changed anything.
    pub fn set_blocked(
        &mut self,
        user_id: &str,
        is_blocked: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let user_id = plain(user_id)?;
        let changed = db!(self, |db| diesel::update(users::table)
            .filter(users::user_id.eq(user_id))
            .filter(users::is_blocked.ne(is_blocked))
            .set((
                users::is_blocked.eq(is_blocked),
                users::updated_at.eq(now.millis()),
                users::version.eq(users::version + 1),
            ))
            .execute(db))?;
        if changed > 0 {
            self.end_standings();
            self.bump(Changed::Users)?;
        }
        Ok(changed > 0)
    }

    /// Removes a user with identities, consents, sessions and grants; whether there was one. A classic account of
    /// theirs stays: it is the provider's side. Whose the id was is remembered.
    pub fn remove_user(&mut self, user_id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let user_id = plain(user_id)?;
        self.remember_user(user_id, now)?;
        let removed = db!(self, |db| {
            diesel::delete(grants::table.filter(grants::user_id.eq(user_id))).execute(db)?;
            diesel::delete(sessions::table.filter(sessions::user_id.eq(user_id))).execute(db)?;
            // Identities and consents go with it.
            diesel::delete(users::table.find(user_id)).execute(db)
        })?;
        if removed > 0 {
            self.end_standings();
            self.bump(Changed::Users)?;
            self.bump(Changed::Sessions)?;
        }
        Ok(removed > 0)
    }
}
