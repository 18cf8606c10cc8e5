//! Table `connection_logos`: the picture on each connection's button.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;

use super::columns::plain;
use super::connection_schema::connection_logos;
use super::error::StoreError;
use super::tx::{Tx, db};
use crate::domain::logo::Logo;

impl Tx<'_> {
    pub fn find_connection_logo(&mut self, connection_id: &str) -> Result<Option<Logo>, StoreError> {
        let connection_id = plain(connection_id)?;
        let row: Option<(String, String)> = db!(self, |db| connection_logos::table
            .find(connection_id)
            .select((connection_logos::png, connection_logos::sha256))
            .get_result(db)
            .optional())?;
        row.map(|(png, sha256)| {
            let corrupt = |_| StoreError::Corrupt { what: "connection_logos.png" };
            Ok(Logo { png: STANDARD.decode(png).map_err(corrupt)?, sha256 })
        })
        .transpose()
    }

    /// Puts `logo` in place of the one that is there; the connection's own row is another matter.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if there is no such connection.
    pub fn put_connection_logo(&mut self, connection_id: &str, logo: &Logo) -> Result<(), StoreError> {
        let connection_id = plain(connection_id)?;
        let picture =
            (connection_logos::png.eq(STANDARD.encode(&logo.png)), connection_logos::sha256.eq(&logo.sha256));
        db!(self, |db| diesel::insert_into(connection_logos::table)
            .values((connection_logos::connection_id.eq(connection_id), picture.clone()))
            .on_conflict(connection_logos::connection_id)
            .do_update()
            .set(picture)
            .execute(db))?;
        Ok(())
    }

    pub fn remove_connection_logo(&mut self, connection_id: &str) -> Result<(), StoreError> {
        let connection_id = plain(connection_id)?;
        db!(self, |db| diesel::delete(connection_logos::table.find(connection_id)).execute(db))?;
        Ok(())
    }
}
