//! What a check of a connection is worth telling, and to whom.

use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::diagnosis::{Diagnosis, Evidence, Expiry, State};
use crate::domain::letter::{About, Letter, Mailing, Recipient};
use crate::domain::limits;
use crate::domain::locale::Locale;
use crate::flows::hub::Hub;
use crate::store::{StoreError, Tx};

/// The news of one check. It is queued in the transaction that keeps the diagnosis, so that it is told once, whichever
/// node checked.
pub(in crate::flows) struct News {
    connection_id: String,
    about: About,
    diagnosis: Diagnosis,
    /// What each is known by, and what it says.
    reminders: Vec<(String, Letter)>,
    stand_in: Option<String>,
    now: Timestamp,
}

impl News {
    pub(in crate::flows) fn of(
        hub: &Hub,
        connection: &Connection,
        diagnosis: &Diagnosis,
        evidence: &Evidence,
    ) -> Self {
        let now = hub.clock.now();
        let expiries = Expiry::all(&connection.options, evidence).into_iter();
        Self {
            connection_id: connection.id.clone(),
            about: About::of(connection),
            diagnosis: diagnosis.clone(),
            reminders: expiries.filter_map(|expiry| Letter::reminder(connection, expiry, now)).collect(),
            stand_in: hub.admin_email.clone(),
            now,
        }
    }

    /// Queues what there is to tell about a connection whose state was `from`.
    ///
    /// That it is broken is told after a while, and not at all if it is put right before. Of one that never worked nobody
    /// is told: whoever sets it up sees it.
    pub(in crate::flows) fn queue(&self, tx: &mut Tx<'_>, from: State) -> Result<(), StoreError> {
        let to = self.diagnosis.state();
        match (from, to) {
            (State::Broken, State::Broken) | (State::Unknown, _) => {}
            (State::Ready | State::Degraded, State::Broken) => {
                let letter = Letter::broken(self.about.clone(), &self.diagnosis);
                let due_at = self.now.plus_seconds(limits::BROKEN_BEFORE_MAIL_SECONDS);
                let recipients = self.recipients(tx)?;
                tx.add_mailings(
                    &self.to_each(&recipients, &format!("broken {}", self.connection_id), &letter),
                    due_at,
                )?;
            }
            (State::Broken, _) => {
                let told = tx.end_outage(&self.connection_id)?;
                let at = self.diagnosis.checked_at;
                let letter = Letter::WorksAgain { about: self.about.clone(), at };
                let name = format!("again {} {}", self.connection_id, at.millis());
                tx.add_mailings(&self.to_each(&told, &name, &letter), self.now)?;
            }
            (State::Ready | State::Degraded, _) => {}
        }
        if !self.reminders.is_empty() {
            let recipients = self.recipients(tx)?;
            for (name, letter) in &self.reminders {
                tx.add_mailings(&self.to_each(&recipients, name, letter), self.now)?;
            }
        }
        Ok(())
    }

    /// The administrators; as long as there are none, the one that is expected.
    fn recipients(&self, tx: &mut Tx<'_>) -> Result<Vec<Recipient>, StoreError> {
        let administrators = tx.list_administrators()?;
        if administrators.is_empty() {
            let expected = self
                .stand_in
                .iter()
                .map(|address| Recipient { address: address.clone(), language: Locale::En });
            return Ok(expected.collect());
        }
        let present = administrators.iter().filter(|administrator| !administrator.user.is_blocked);
        let recipients = present.filter_map(|administrator| {
            let address = administrator.user.email()?.to_owned();
            Some(Recipient { address, language: administrator.language })
        });
        Ok(recipients.collect())
    }

    fn to_each(&self, recipients: &[Recipient], name: &str, letter: &Letter) -> Vec<Mailing> {
        let to_one = |to: &Recipient| Mailing {
            id: format!("{name} {}", to.address),
            connection_id: self.connection_id.clone(),
            to: to.clone(),
            letter: letter.clone(),
            attempts: 0,
            created_at: self.now,
        };
        recipients.iter().map(to_one).collect()
    }
}
