//! Table `setup_tickets`: who may see what a connection's provider has to be told.

use diesel::prelude::*;

use super::columns::{plain, refuse_nul};
use super::error::StoreError;
use super::schema::setup_tickets;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::setup_ticket::SetupTicket;

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = setup_tickets)]
struct Row {
    id: String,
    connection_id: String,
    token_hash: String,
    created_at: i64,
    expires_at: i64,
}

impl Row {
    fn ticket(self) -> SetupTicket {
        SetupTicket {
            id: self.id,
            connection_id: self.connection_id,
            token_hash: self.token_hash,
            created_at: Timestamp::from_millis(self.created_at),
            expires_at: Timestamp::from_millis(self.expires_at),
        }
    }
}

impl Tx<'_> {
    /// # Errors
    /// [`StoreError::Gone`] if there is no such connection.
    pub fn add_setup_ticket(&mut self, ticket: &SetupTicket) -> Result<(), StoreError> {
        let SetupTicket { id, connection_id, token_hash, .. } = ticket;
        refuse_nul([id, connection_id, token_hash].map(|text| Some(text.as_str())))?;
        let row = Row {
            id: id.clone(),
            connection_id: connection_id.clone(),
            token_hash: token_hash.clone(),
            created_at: ticket.created_at.millis(),
            expires_at: ticket.expires_at.millis(),
        };
        db!(self, |db| diesel::insert_into(setup_tickets::table).values(row).execute(db))?;
        Ok(())
    }

    /// The ticket with this hash, if it is good at `now`.
    pub fn find_setup_ticket(
        &mut self,
        token_hash: &str,
        now: Timestamp,
    ) -> Result<Option<SetupTicket>, StoreError> {
        let token_hash = plain(token_hash)?;
        let row = db!(self, |db| setup_tickets::table
            .filter(setup_tickets::token_hash.eq(token_hash))
            .filter(setup_tickets::expires_at.gt(now.millis()))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        Ok(row.map(Row::ticket))
    }

    /// The tickets of a connection that are good at `now`, oldest first.
    pub fn setup_tickets_of(
        &mut self,
        connection_id: &str,
        now: Timestamp,
    ) -> Result<Vec<SetupTicket>, StoreError> {
        let connection_id = plain(connection_id)?;
        let rows: Vec<Row> = db!(self, |db| setup_tickets::table
            .filter(setup_tickets::connection_id.eq(connection_id))
            .filter(setup_tickets::expires_at.gt(now.millis()))
            .order((setup_tickets::created_at, setup_tickets::id))
            .select(Row::as_select())
            .load(db))?;
        Ok(rows.into_iter().map(Row::ticket).collect())
    }

    /// Whether there was one.
    pub fn remove_setup_ticket(&mut self, connection_id: &str, id: &str) -> Result<bool, StoreError> {
        let (connection_id, id) = (plain(connection_id)?, plain(id)?);
        let removed = db!(self, |db| diesel::delete(
            setup_tickets::table.find(id).filter(setup_tickets::connection_id.eq(connection_id))
        )
        .execute(db))?;
        Ok(removed > 0)
    }
}
