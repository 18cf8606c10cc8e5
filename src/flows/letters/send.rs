//! What is due is sent: all letters to one person in one mail, again later where that fails, until it is given up.

use crate::crypto::digest;
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::clock::Timestamp;
use crate::domain::letter::{Letter, Mailing};
use crate::domain::limits;
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::mail::{Mail, MailError};
use crate::store::StoreError;

/// Sends one mail, if any is due, with everything that is due for the same person. How many letters it held.
///
/// # Errors
/// [`StoreError`]; what was taken is due again when its lease ends.
pub async fn send_due(hub: &Hub) -> Result<usize, StoreError> {
    let now = hub.clock.now();
    let quiet_since = now.plus_seconds(-limits::MAIL_PAUSE_SECONDS);
    // Looking is free, writing is not: an idle hub only looks.
    let Some(recipient) = hub.store.read(move |tx| tx.next_due_recipient(now, quiet_since)).await? else {
        return Ok(0);
    };
    let lease_end = now.plus_seconds(limits::MAIL_LEASE_SECONDS);
    let taken = hub.store.write(move |tx| tx.take_mailings(&recipient, now, lease_end)).await?;
    let (wanted, pointless) = sort(hub, taken).await?;
    if !pointless.is_empty() {
        hub.store
            .write(move |tx| pointless.iter().try_for_each(|mailing| tx.settle_mailing(mailing, None, None)))
            .await?;
    }
    let Some(first) = wanted.first() else { return Ok(0) };
    let outcome = match written(hub, first, &wanted) {
        Ok(mail) => hub.mailer.send(&mail).await,
        Err(error) => Err(error),
    };
    let (count, now) = (wanted.len(), hub.clock.now());
    settle(hub, wanted, outcome, now).await?;
    Ok(count)
}

/// Letters worth sending, and those about a connection that somebody has switched off meanwhile.
async fn sort(hub: &Hub, taken: Vec<Mailing>) -> Result<(Vec<Mailing>, Vec<Mailing>), StoreError> {
    hub.store
        .read(move |tx| {
            let (mut wanted, mut pointless) = (Vec::new(), Vec::new());
            for mailing in taken.clone() {
                let connection = tx.find_connection(&mailing.connection_id)?;
                let is_used = connection.is_some_and(|connection| connection.is_enabled);
                if is_used { wanted.push(mailing) } else { pointless.push(mailing) }
            }
            Ok((wanted, pointless))
        })
        .await
}

fn written(hub: &Hub, first: &Mailing, mailings: &[Mailing]) -> Result<Mail, MailError> {
    let letters: Vec<Letter> = mailings.iter().map(|mailing| mailing.letter.clone()).collect();
    let language = first.to.language;
    let written = hub.views.mail(&letters, language, &hub.issuer);
    let written = written.map_err(|error| MailError::Refused(error.to_string()))?;
    Ok(Mail {
        // The same for a second attempt with the same letters, so that whoever gets both may notice.
        id: format!("{}.{}", first.created_at.millis(), digest::sha256_base64url(&ids(mailings))),
        to: first.to.address.clone(),
        subject: written.subject,
        text: written.text,
        language: language.tag(),
    })
}

fn ids(mailings: &[Mailing]) -> String {
    mailings.iter().map(|mailing| mailing.id.as_str()).collect::<Vec<_>>().join("\n")
}

async fn settle(
    hub: &Hub,
    mailings: Vec<Mailing>,
    outcome: Result<(), MailError>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut entries = Vec::new();
    let mut settled = Vec::new();
    for mailing in mailings {
        let next = match &outcome {
            Err(MailError::NotNow(_)) => mailing.next_attempt_at(now),
            Ok(()) | Err(MailError::Refused(_)) => None,
        };
        entries.push(entry(hub, &mailing, &outcome, next, now));
        settled.push((mailing, next));
    }
    entries.iter().for_each(journal::trace);
    let sent_at = outcome.is_ok().then_some(now);
    hub.store
        .write(move |tx| {
            for (mailing, next) in &settled {
                tx.settle_mailing(mailing, *next, sent_at)?;
            }
            tx.add_log_entries(&entries)
        })
        .await
}

fn entry(
    hub: &Hub,
    mailing: &Mailing,
    outcome: &Result<(), MailError>,
    next: Option<Timestamp>,
    now: Timestamp,
) -> LogEntry {
    let (address, about) = (&mailing.to.address, mailing.letter.about());
    let (log_type, words) = match outcome {
        Ok(()) => (LogType::MailSent, format!("told {address} about {}", about.name)),
        Err(error) => {
            let then = match next {
                Some(next) => format!("the next attempt is at {}", next.iso8601()),
                None => "given up".to_owned(),
            };
            (LogType::MailFailed, format!("{address} was not told about {}: {error}; {then}", about.name))
        }
    };
    let mut entry = LogEntry::new(now, &hub.random.alphanumeric(12), log_type, words, &Origin::default());
    entry.name(mailing);
    entry.details.insert("letter".into(), mailing.letter.kind().into());
    entry.details.insert("attempt".into(), mailing.attempts.into());
    entry
}
