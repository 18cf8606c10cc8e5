//! An organization's code, typed or named by the application. Guessing does not pay: a wrong one is as if none were
//! given, and of an address with many wrong ones none is looked at for a time.

use moka::ops::compute::Op;
use moka::sync::Cache;

use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::home_realm::OrganizationCode;
use crate::domain::limits;
use crate::domain::policy;
use crate::domain::realm_index::Lead;
use crate::flows::hub::Hub;
use crate::store::StoreError;

/// Wrong codes by network address; bounded.
pub struct CodeGuesses {
    wrong: Cache<String, Guesses>,
}

#[derive(Clone, Copy)]
struct Guesses {
    count: u32,
    since: Timestamp,
}

impl Guesses {
    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.since.plus_seconds(limits::WRONG_CODES_SECONDS)
    }
}

impl Default for CodeGuesses {
    fn default() -> Self {
        Self { wrong: Cache::new(limits::CODE_GUESSERS) }
    }
}

impl CodeGuesses {
    /// Whether codes from `address` are looked at now.
    fn admits(&self, address: &str, now: Timestamp) -> bool {
        let guesses = self.wrong.get(address);
        guesses.is_none_or(|one| one.is_over(now) || one.count < limits::WRONG_CODES_PER_ADDRESS)
    }

    fn count(&self, address: &str, now: Timestamp) {
        self.wrong.entry_by_ref(address).and_compute_with(|known| {
            let known = known.map(moka::Entry::into_value).filter(|guesses| !guesses.is_over(now));
            let guesses = known.unwrap_or(Guesses { count: 0, since: now });
            Op::Put(Guesses { count: guesses.count.saturating_add(1), ..guesses })
        });
    }
}

/// The code in `text`, if it leads somewhere that `client` may use.
pub(super) async fn admit_code(
    hub: &Hub,
    client: &Client,
    text: Option<&str>,
    address: &str,
) -> Result<Option<String>, StoreError> {
    let Some(text) = text else { return Ok(None) };
    let now = hub.clock.now();
    if !hub.code_guesses.admits(address, now) {
        return Ok(None);
    }
    if let Some(code) = OrganizationCode::parse(text) {
        for id in hub.directory.connections_listing(Lead::Organization, code.as_str()).await? {
            let connection = hub.directory.connection(&id).await?;
            if policy::may_use(connection.as_deref(), client).is_ok() {
                return Ok(Some(code.into_string()));
            }
        }
    }
    hub.code_guesses.count(address, now);
    Ok(None)
}
