//! A link is made that makes somebody an administrator. It is shown to the operator of the hub, and nobody else.

use serde_json::json;

use crate::crypto::digest;
use crate::crypto::random::Random;
use crate::domain::administrator::{AdministratorTicket, Invited};
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::clock::Timestamp;
use crate::domain::issuer::Issuer;
use crate::domain::limits;
use crate::domain::secret::Secret;
use crate::flows::journal;
use crate::store::{Store, StoreError};

/// A link that was just made; it is never told again.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub address: Secret,
    pub expires_at: Timestamp,
}

/// A link for the first administrator, if there is none yet; one that was made before is void from now on. Several nodes
/// may start at the same time: the link of the last one is good. `suggested`: the address that the page begins with.
///
/// # Errors
/// [`StoreError`].
pub async fn invite_first_administrator(
    store: &Store,
    issuer: &Issuer,
    random: &Random,
    suggested: Option<String>,
    now: Timestamp,
) -> Result<Option<Invitation>, StoreError> {
    if store.read(|tx| tx.has_administrators()).await? {
        return Ok(None);
    }
    let words = "Make a set-up link for the first administrator";
    let invited = Invited::First { suggested };
    invite(store, issuer, random, invited, entry(random, "vestibule serve", words, now), now).await.map(Some)
}

/// A link that makes the owner of `email`, which is in lower case, an administrator. If the address has an account
/// already, the link gives that a new password. An earlier link for the same address is void from now on.
///
/// # Errors
/// [`StoreError`].
pub async fn invite_administrator(
    store: &Store,
    issuer: &Issuer,
    random: &Random,
    email: String,
    now: Timestamp,
) -> Result<Invitation, StoreError> {
    let mut entry = entry(random, "vestibule admins", "Invite an administrator on the command line", now);
    entry.details.insert("email".into(), json!(email));
    invite(store, issuer, random, Invited::Address(email), entry, now).await
}

async fn invite(
    store: &Store,
    issuer: &Issuer,
    random: &Random,
    invited: Invited,
    entry: LogEntry,
    now: Timestamp,
) -> Result<Invitation, StoreError> {
    let token = random.token();
    let ticket = AdministratorTicket {
        invited,
        token_hash: digest::sha256_base64url(&token),
        created_at: now,
        expires_at: now.plus_seconds(limits::ADMINISTRATOR_TICKET_SECONDS),
    };
    let expires_at = ticket.expires_at;
    journal::trace(&entry);
    store
        .write(move |tx| {
            tx.put_administrator_ticket(&ticket)?;
            tx.add_log_entries(std::slice::from_ref(&entry))
        })
        .await?;
    let address = Secret::new(issuer.join(&format!("setup/{token}")));
    Ok(Invitation { address, expires_at })
}

fn entry(random: &Random, program: &str, words: &str, now: Timestamp) -> LogEntry {
    let origin = Origin { user_agent: program.into(), ..Origin::default() };
    LogEntry::new(now, &random.alphanumeric(12), LogType::ManagementWrite, words, &origin)
}
