//! Guards password checks: throttled by network address and account, and never more hashes at once than
//! the machine has room for.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use governor::clock;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use tokio::sync::Semaphore;

use crate::crypto::{digest, password};
use crate::domain::clock::Clock;
use crate::domain::limits;
use crate::domain::secret::Secret;

type Limiter = RateLimiter<[u8; 32], DefaultKeyedStateStore<[u8; 32]>, Measured>;

pub struct PasswordGate {
    per_account: Limiter,
    per_address: Limiter,
    hashing: Semaphore,
    hashed: AtomicU64,
    /// A hash of nothing anybody knows: unknown addresses cost the same time as known ones.
    decoy: String,
}

/// Why a password was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAccepted {
    TooManyAttempts,
    Wrong,
}

impl PasswordGate {
    /// # Errors
    /// [`password::HashError`] if the machine cannot hash at all.
    pub fn new(decoy: &Secret, clock: &Clock) -> Result<Self, password::HashError> {
        Ok(Self {
            per_account: limiter(
                limits::PASSWORD_ATTEMPTS_BURST,
                limits::PASSWORD_ATTEMPT_REFILL_SECONDS,
                clock,
            ),
            per_address: limiter(
                limits::PASSWORD_ATTEMPTS_PER_ADDRESS_BURST,
                limits::PASSWORD_ATTEMPT_PER_ADDRESS_REFILL_SECONDS,
                clock,
            ),
            hashing: Semaphore::new(limits::PASSWORD_HASHES_AT_ONCE),
            hashed: AtomicU64::new(0),
            decoy: password::hash(decoy.reveal())?,
        })
    }

    /// Whether one more secret of the kind `what` may be guessed from `address` now.
    pub fn admits(&self, address: &str, what: &str) -> bool {
        let key = digest::sha256(format!("{address}\n\n{what}").as_bytes());
        self.per_account.check_key(&key).is_ok()
    }

    /// Checks `password` against `hash`, or against nothing if there is no account.
    ///
    /// # Errors
    /// [`NotAccepted`]; the time it takes does not say whether there is an account.
    pub async fn check(
        &self,
        address: &str,
        account: &str,
        hash: Option<String>,
        password: Secret,
    ) -> Result<(), NotAccepted> {
        let account_key = digest::sha256(format!("{address}\n{account}").as_bytes());
        let address_key = digest::sha256(address.as_bytes());
        if self.per_account.check_key(&account_key).is_err()
            || self.per_address.check_key(&address_key).is_err()
        {
            return Err(NotAccepted::TooManyAttempts);
        }
        if password.reveal().len() > limits::PASSWORD_MAX_BYTES {
            return Err(NotAccepted::Wrong);
        }
        let is_known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.decoy.clone());
        let Ok(_permit) = self.hashing.acquire().await else { return Err(NotAccepted::TooManyAttempts) };
        self.hashed.fetch_add(1, Ordering::Relaxed);
        let is_right = tokio::task::spawn_blocking(move || password::verify(password.reveal(), &hash))
            .await
            .unwrap_or(false);
        if is_right && is_known { Ok(()) } else { Err(NotAccepted::Wrong) }
    }

    /// Passwords hashed so far: as many for addresses without an account as for those with one.
    pub fn passwords_hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    /// Forgets addresses whose allowance is full again; keeps memory bounded.
    pub fn forget_idle(&self) {
        self.per_account.retain_recent();
        self.per_address.retain_recent();
    }
}

fn limiter(burst: u32, refill_seconds: u64, clock: &Clock) -> Limiter {
    RateLimiter::new(quota(burst, refill_seconds), DefaultKeyedStateStore::default(), Measured(clock.clone()))
}

/// The hub's clock, as the limiter reads it.
#[derive(Clone, Debug)]
struct Measured(Clock);

impl clock::Clock for Measured {
    type Instant = Instant;

    fn now(&self) -> Instant {
        self.0.instant()
    }
}

fn quota(burst: u32, refill_seconds: u64) -> Quota {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(Duration::from_secs(refill_seconds))
        .unwrap_or_else(|| Quota::per_minute(burst))
        .allow_burst(burst)
}
