//! Table `mailings`: what administrators are still to be told by mail, and what they were told.

use diesel::prelude::*;

use super::columns::{from_json, plain, refuse_nul, to_json};
use super::error::StoreError;
use super::schema::mailings;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::letter::{Letter, Mailing, Recipient};
use crate::domain::limits;
use crate::domain::locale::Locale;

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = mailings, treat_none_as_default_value = false)]
struct Row {
    id: String,
    connection_id: String,
    kind: String,
    recipient: String,
    language: String,
    letter: String,
    attempts: i64,
    /// `None`: it was sent or given up.
    due_at: Option<i64>,
    sent_at: Option<i64>,
    created_at: i64,
    expires_at: i64,
}

impl Row {
    fn of(mailing: &Mailing, due_at: Timestamp) -> Result<Self, StoreError> {
        let Mailing { id, connection_id, to, letter, attempts, created_at } = mailing;
        refuse_nul([id, connection_id, &to.address].map(|text| Some(text.as_str())))?;
        Ok(Self {
            id: id.clone(),
            connection_id: connection_id.clone(),
            kind: letter.kind().into(),
            recipient: to.address.clone(),
            language: to.language.tag().into(),
            letter: to_json("mailings.letter", letter)?,
            attempts: *attempts,
            due_at: Some(due_at.millis()),
            sent_at: None,
            created_at: created_at.millis(),
            expires_at: created_at.plus_seconds(limits::LETTER_RETENTION_SECONDS).millis(),
        })
    }

    fn mailing(self) -> Result<Mailing, StoreError> {
        Ok(Mailing {
            letter: from_json("mailings.letter", &self.letter)?,
            to: recipient(self.recipient, &self.language),
            id: self.id,
            connection_id: self.connection_id,
            attempts: self.attempts,
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

fn recipient(address: String, language: &str) -> Recipient {
    Recipient { address, language: Locale::from_tag(language).unwrap_or_default() }
}

impl Tx<'_> {
    /// Queues letters for `due_at`. One whose id is known already was queued, or sent, before.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if there is no such connection.
    pub fn add_mailings(&mut self, mailings: &[Mailing], due_at: Timestamp) -> Result<(), StoreError> {
        for mailing in mailings {
            let row = Row::of(mailing, due_at)?;
            db!(self, |db| diesel::insert_into(mailings::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(db))?;
        }
        Ok(())
    }

    /// Who has letters due and had no mail after `quiet_since`: whoever has waited longest.
    pub fn next_due_recipient(
        &mut self,
        now: Timestamp,
        quiet_since: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        db!(self, |db| {
            let recently: Vec<String> = mailings::table
                .filter(mailings::sent_at.gt(quiet_since.millis()))
                .select(mailings::recipient)
                .distinct()
                .load(db)?;
            mailings::table
                .filter(mailings::due_at.le(now.millis()))
                .filter(mailings::recipient.ne_all(recently))
                .order(mailings::due_at)
                .select(mailings::recipient)
                .first(db)
                .optional()
        })
    }

    /// Takes the letters of one recipient that are due, counting the attempt; nobody else gets them before `lease_end`.
    pub fn take_mailings(
        &mut self,
        recipient: &str,
        now: Timestamp,
        lease_end: Timestamp,
    ) -> Result<Vec<Mailing>, StoreError> {
        let recipient = plain(recipient)?;
        let rows: Vec<Row> = db!(self, |db| {
            let is_due = || mailings::due_at.le(now.millis());
            let ids: Vec<String> = mailings::table
                .filter(mailings::recipient.eq(recipient))
                .filter(is_due())
                .order((mailings::created_at, mailings::id))
                .limit(limits::LETTERS_PER_MAIL)
                .select(mailings::id)
                .load(db)?;
            // Asked again in the update: another node may have been faster.
            diesel::update(mailings::table.filter(mailings::id.eq_any(ids)).filter(is_due()))
                .set((mailings::due_at.eq(lease_end.millis()), mailings::attempts.eq(mailings::attempts + 1)))
                .returning(Row::as_returning())
                .get_results(db)
        })?;
        let mut taken = rows.into_iter().map(Row::mailing).collect::<Result<Vec<_>, _>>()?;
        taken.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        Ok(taken)
    }

    /// Writes down what became of a letter that was taken as `mailing`: it is due again at `due_at`, or no more. Nothing
    /// changes if somebody took it again since.
    pub fn settle_mailing(
        &mut self,
        mailing: &Mailing,
        due_at: Option<Timestamp>,
        sent_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        db!(self, |db| diesel::update(
            mailings::table.find(&mailing.id).filter(mailings::attempts.eq(mailing.attempts))
        )
        .set((
            mailings::due_at.eq(due_at.map(Timestamp::millis)),
            mailings::sent_at.eq(sent_at.map(Timestamp::millis)),
        ))
        .execute(db))?;
        Ok(())
    }

    /// Forgets the letters that say that a connection is broken, whether they waited or were sent. Who may have got one.
    pub fn end_outage(&mut self, connection_id: &str) -> Result<Vec<Recipient>, StoreError> {
        let connection_id = plain(connection_id)?;
        let ended: Vec<(String, String, i64)> = db!(self, |db| diesel::delete(
            mailings::table
                .filter(mailings::connection_id.eq(connection_id))
                .filter(mailings::kind.eq(Letter::BROKEN))
        )
        .returning((mailings::recipient, mailings::language, mailings::attempts))
        .get_results(db))?;
        let told = ended.into_iter().filter(|(.., attempts)| *attempts > 0);
        Ok(told.map(|(address, language, _)| recipient(address, &language)).collect())
    }
}
