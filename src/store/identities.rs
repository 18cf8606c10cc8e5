//! Table `identities`: our people at the connections they sign in through.

use diesel::prelude::*;

use super::columns::{from_json, plain, refuse_nul, to_json};
use super::error::StoreError;
use super::schema::{self, identities};
use super::tx::{Tx, db};
use super::users;
use crate::domain::clock::Timestamp;
use crate::domain::user::{Identity, User};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = identities)]
struct Row {
    connection_id: String,
    issuer: String,
    subject: String,
    user_id: String,
    profile: String,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn of(identity: &Identity) -> Result<Self, StoreError> {
        let texts = [&identity.connection_id, &identity.issuer, &identity.subject, &identity.user_id];
        refuse_nul(texts.map(|text| Some(text.as_str())))?;
        Ok(Self {
            connection_id: identity.connection_id.clone(),
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
            user_id: identity.user_id.clone(),
            profile: to_json("identities.profile", &identity.profile)?,
            created_at: identity.created_at.millis(),
            updated_at: identity.updated_at.millis(),
        })
    }

    fn identity(self) -> Result<Identity, StoreError> {
        Ok(Identity {
            profile: from_json("identities.profile", &self.profile)?,
            connection_id: self.connection_id,
            issuer: self.issuer,
            subject: self.subject,
            user_id: self.user_id,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

impl Tx<'_> {
    pub fn find_identity(
        &mut self,
        connection_id: &str,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<Identity>, StoreError> {
        refuse_nul([Some(connection_id), Some(issuer), Some(subject)])?;
        let row = db!(self, |db| identities::table
            .find((connection_id, issuer, subject))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        row.map(Row::identity).transpose()
    }

    /// Who somebody at a connection is: the identity and its user.
    pub fn find_identity_with_user(
        &mut self,
        connection_id: &str,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<(Identity, User)>, StoreError> {
        refuse_nul([Some(connection_id), Some(issuer), Some(subject)])?;
        let rows: Option<(Row, users::Row)> = db!(self, |db| identities::table
            .inner_join(schema::users::table.on(schema::users::user_id.eq(identities::user_id)))
            .filter(identities::connection_id.eq(connection_id))
            .filter(identities::issuer.eq(issuer))
            .filter(identities::subject.eq(subject))
            .select((Row::as_select(), users::Row::as_select()))
            .get_result(db)
            .optional())?;
        rows.map(|(identity, user)| Ok((identity.identity()?, user.user()?))).transpose()
    }

    /// Whether anybody has ever signed in through the connection, and is still there.
    pub fn has_identities(&mut self, connection_id: &str) -> Result<bool, StoreError> {
        let connection_id = plain(connection_id)?;
        let one = identities::table.filter(identities::connection_id.eq(connection_id));
        db!(self, |db| diesel::select(diesel::dsl::exists(one)).get_result(db))
    }

    /// The identities of a user, oldest first.
    pub fn identities_of(&mut self, user_id: &str) -> Result<Vec<Identity>, StoreError> {
        let user_id = plain(user_id)?;
        let rows: Vec<Row> = db!(self, |db| identities::table
            .filter(identities::user_id.eq(user_id))
            .select(Row::as_select())
            .order((identities::created_at, identities::connection_id, identities::subject))
            .load(db))?;
        rows.into_iter().map(Row::identity).collect()
    }

    /// # Errors
    /// [`StoreError::Conflict`] if this person is known at this connection, [`StoreError::Gone`] if the user or the
    /// connection does not exist.
    pub fn add_identity(&mut self, identity: &Identity) -> Result<(), StoreError> {
        let row = Row::of(identity)?;
        db!(self, |db| diesel::insert_into(identities::table).values(row).execute(db))?;
        Ok(())
    }

    /// Stores what the provider said at the last login: `profile` and `updated_at` of `identity`.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if the identity was removed meanwhile.
    pub fn change_identity_profile(&mut self, identity: &Identity) -> Result<(), StoreError> {
        let row = Row::of(identity)?;
        let changed = db!(self, |db| diesel::update(identities::table.find((
            &row.connection_id,
            &row.issuer,
            &row.subject
        )))
        .set((identities::profile.eq(&row.profile), identities::updated_at.eq(row.updated_at)))
        .execute(db))?;
        if changed == 0 { Err(StoreError::Stale) } else { Ok(()) }
    }
}
