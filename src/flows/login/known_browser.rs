//! A browser that has signed in to a classic account before is known to it, by a sealed cookie: whatever strangers guess,
//! its owner goes by their own allowance there.
//!
//! What the cookie says is bound to the account and its password: another password, and it says nothing. Each sign-in draws
//! another name for the browser, and its wrong guesses count against that name alone, from wherever they come; so a stolen
//! cookie guesses as slowly as the one it was taken from.

use serde::{Deserialize, Serialize};

use crate::crypto::digest;
use crate::crypto::sealing::Purpose;
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::domain::user::LocalAccount;
use crate::flows::hub::Hub;

use super::browser::Browser;

/// Letters of a hash that are kept in the cookie.
const TAG_CHARACTERS: usize = 22;

#[derive(Serialize, Deserialize)]
struct KnownTo {
    account_id: String,
    /// Of the password's hash.
    password: String,
    /// What the browser is called there.
    name: String,
    until: Timestamp,
}

impl KnownTo {
    fn is_good(&self, account: &LocalAccount, now: Timestamp) -> bool {
        let password = tag(account);
        self.account_id == account.id
            && now < self.until
            && digest::secrets_match(self.password.as_bytes(), password.as_bytes())
    }
}

/// What this browser is called at `account`, if it has signed in there since the password was set.
pub(super) fn name_at(
    hub: &Hub,
    browser: &Browser,
    account: Option<&LocalAccount>,
    now: Timestamp,
) -> Option<String> {
    let account = account?;
    read(hub, browser).into_iter().find(|known| known.is_good(account, now)).map(|known| known.name)
}

/// The cookie of a browser that has just signed in to `account`.
pub(super) fn with(hub: &Hub, browser: &Browser, account: &LocalAccount, now: Timestamp) -> Option<String> {
    let mut known = read(hub, browser);
    known.retain(|one| one.account_id != account.id && now < one.until);
    let surplus = (known.len() + 1).saturating_sub(limits::KNOWN_ACCOUNTS_PER_BROWSER);
    known.drain(..surplus.min(known.len()));
    known.push(KnownTo {
        account_id: account.id.clone(),
        password: tag(account),
        name: hub.random.alphanumeric(TAG_CHARACTERS),
        until: now.plus_seconds(limits::KNOWN_BROWSER_SECONDS),
    });
    let plain = serde_json::to_vec(&known).ok()?;
    Some(hub.sealer.seal(Purpose::KnownAccounts, b"", &plain, &hub.random))
}

fn read(hub: &Hub, browser: &Browser) -> Vec<KnownTo> {
    let plain = browser
        .known_accounts
        .as_ref()
        .and_then(|sealed| hub.sealer.open(Purpose::KnownAccounts, b"", sealed).ok());
    plain.and_then(|plain| serde_json::from_slice(&plain).ok()).unwrap_or_default()
}

/// Every hash of a password has a salt of its own, so another password, or the same one set anew, has another tag.
fn tag(account: &LocalAccount) -> String {
    digest::sha256_base64url(&account.password_hash).chars().take(TAG_CHARACTERS).collect()
}
