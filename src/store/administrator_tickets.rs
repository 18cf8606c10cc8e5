//! Table `administrator_tickets`: links to the page where somebody becomes an administrator.

use diesel::prelude::*;

use super::columns::{plain, refuse_nul};
use super::error::StoreError;
use super::schema::administrator_tickets;
use super::tx::{Tx, db};
use crate::domain::administrator::{AdministratorTicket, Invited};
use crate::domain::clock::Timestamp;

#[derive(AsChangeset, Insertable, Queryable, Selectable)]
#[diesel(table_name = administrator_tickets, primary_key(invited), treat_none_as_null = true)]
struct Row {
    invited: String,
    email: Option<String>,
    token_hash: String,
    created_at: i64,
    expires_at: i64,
}

impl Row {
    fn ticket(self) -> AdministratorTicket {
        AdministratorTicket {
            invited: Invited::of(self.invited, self.email),
            token_hash: self.token_hash,
            created_at: Timestamp::from_millis(self.created_at),
            expires_at: Timestamp::from_millis(self.expires_at),
        }
    }
}

impl Tx<'_> {
    /// Keeps the ticket; an earlier one for the same is void from now on.
    pub fn put_administrator_ticket(&mut self, ticket: &AdministratorTicket) -> Result<(), StoreError> {
        let AdministratorTicket { invited, token_hash, .. } = ticket;
        refuse_nul([Some(invited.key()), invited.email(), Some(token_hash.as_str())])?;
        let row = || Row {
            invited: invited.key().to_owned(),
            email: invited.email().map(str::to_owned),
            token_hash: token_hash.clone(),
            created_at: ticket.created_at.millis(),
            expires_at: ticket.expires_at.millis(),
        };
        db!(self, |db| diesel::insert_into(administrator_tickets::table)
            .values(row())
            .on_conflict(administrator_tickets::invited)
            .do_update()
            .set(row())
            .execute(db))?;
        Ok(())
    }

    /// The ticket with this hash, if it is good at `now`; looking at it uses nothing up.
    pub fn find_administrator_ticket(
        &mut self,
        token_hash: &str,
        now: Timestamp,
    ) -> Result<Option<AdministratorTicket>, StoreError> {
        let token_hash = plain(token_hash)?;
        let row: Option<Row> = db!(self, |db| administrator_tickets::table
            .filter(administrator_tickets::token_hash.eq(token_hash))
            .filter(administrator_tickets::expires_at.gt(now.millis()))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        self.still_invited(row.map(Row::ticket))
    }

    /// Takes the ticket with this hash, if it is good at `now`: nobody finds it again.
    pub fn take_administrator_ticket(
        &mut self,
        token_hash: &str,
        now: Timestamp,
    ) -> Result<Option<AdministratorTicket>, StoreError> {
        let token_hash = plain(token_hash)?;
        let row: Option<Row> = db!(self, |db| diesel::delete(
            administrator_tickets::table
                .filter(administrator_tickets::token_hash.eq(token_hash))
                .filter(administrator_tickets::expires_at.gt(now.millis()))
        )
        .returning(Row::as_returning())
        .get_result(db)
        .optional())?;
        self.still_invited(row.map(Row::ticket))
    }

    /// The ticket for the first administrator is worth nothing once there is one.
    fn still_invited(
        &mut self,
        ticket: Option<AdministratorTicket>,
    ) -> Result<Option<AdministratorTicket>, StoreError> {
        match ticket {
            Some(ticket) if ticket.is_for_the_first() && self.has_administrators()? => Ok(None),
            ticket => Ok(ticket),
        }
    }
}
