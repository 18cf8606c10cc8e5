//! Guards password checks: throttled by network address and account, and never more hashes at once than
//! the machine has room for.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Semaphore;

use crate::crypto::password;
use crate::domain::clock::Clock;
use crate::domain::limits;
use crate::domain::secret::Secret;
use crate::flows::rate_limit::RateLimit;

pub struct PasswordGate {
    per_account: RateLimit,
    per_address: RateLimit,
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
            per_account: RateLimit::new(
                limits::PASSWORD_ATTEMPTS_BURST,
                limits::PASSWORD_ATTEMPT_REFILL_SECONDS,
                clock,
            ),
            per_address: RateLimit::new(
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
        self.per_account.admits(&format!("{address}\n\n{what}"))
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
        if !self.per_account.admits(&format!("{address}\n{account}")) || !self.per_address.admits(address) {
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

    /// Hashes a new password, when there is room for it.
    ///
    /// # Errors
    /// [`password::HashError`].
    pub async fn hash(&self, password: Secret) -> Result<String, password::HashError> {
        let Ok(_permit) = self.hashing.acquire().await else { return Err(password::HashError) };
        tokio::task::spawn_blocking(move || password::hash(password.reveal()))
            .await
            .unwrap_or(Err(password::HashError))
    }

    /// Passwords hashed so far: as many for addresses without an account as for those with one.
    pub fn passwords_hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    /// Forgets addresses whose allowance is full again; keeps memory bounded.
    pub fn forget_idle(&self) {
        self.per_account.forget_idle();
        self.per_address.forget_idle();
    }
}
