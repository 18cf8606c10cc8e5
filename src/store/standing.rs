//! Who stands behind a grant, read by one query.

use diesel::prelude::*;

use super::columns::{plain, refuse_nul};
use super::error::StoreError;
use super::schema::{grants, sessions, users};
use super::tx::{Tx, db};
use super::{grants as grant_rows, sessions as session_rows, users as user_rows};
use crate::domain::grant::Grant;
use crate::domain::session::Session;
use crate::domain::user::User;

impl Tx<'_> {
    /// The grant with this id, its user and its session; whether they are good is the caller's question.
    #[allow(clippy::type_complexity)]
    pub fn find_grant_with_person(
        &mut self,
        id: &str,
    ) -> Result<Option<(Grant, Option<User>, Option<Session>)>, StoreError> {
        let id = plain(id)?;
        let rows: Option<(grant_rows::Row, Option<user_rows::Row>, Option<session_rows::Row>)> =
            db!(self, |db| grants::table
                .left_join(users::table.on(users::user_id.eq(grants::user_id)))
                .left_join(sessions::table.on(sessions::id.eq(grants::session_id)))
                .filter(grants::id.eq(id))
                .select((
                    grant_rows::Row::as_select(),
                    Option::<user_rows::Row>::as_select(),
                    Option::<session_rows::Row>::as_select(),
                ))
                .get_result(db)
                .optional())?;
        rows.map(|(grant, user, session)| {
            Ok((
                grant.grant()?,
                user.map(user_rows::Row::user).transpose()?,
                session.map(session_rows::Row::session).transpose()?,
            ))
        })
        .transpose()
    }

    /// The user with this id, and the session with that id, whosever it is.
    pub fn find_user_and_session(
        &mut self,
        user_id: &str,
        session_id: &str,
    ) -> Result<Option<(User, Option<Session>)>, StoreError> {
        refuse_nul([Some(user_id), Some(session_id)])?;
        let rows: Option<(user_rows::Row, Option<session_rows::Row>)> = db!(self, |db| users::table
            .left_join(sessions::table.on(sessions::id.eq(session_id)))
            .filter(users::user_id.eq(user_id))
            .select((user_rows::Row::as_select(), Option::<session_rows::Row>::as_select()))
            .get_result(db)
            .optional())?;
        rows.map(|(user, session)| Ok((user.user()?, session.map(session_rows::Row::session).transpose()?)))
            .transpose()
    }
}
