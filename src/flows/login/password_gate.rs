//! Guards password checks: throttled by network address and account, and hashed where all passwords are.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::crypto::password;
use crate::crypto::random::Random;
use crate::domain::clock::Clock;
use crate::domain::limits;
use crate::domain::network::Network;
use crate::domain::secret::Secret;
use crate::flows::password_hashing::{self, NotHashed};
use crate::flows::rate_limit::RateLimit;

pub struct PasswordGate {
    per_account: RateLimit,
    per_address: RateLimit,
    hashed: AtomicU64,
    /// A hash of nothing anybody knows: unknown addresses cost the same time as known ones.
    decoy: String,
}

/// Why a password was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAccepted {
    TooManyAttempts,
    /// More passwords wait to be hashed than there is time for.
    Busy,
    Wrong,
}

impl PasswordGate {
    /// # Errors
    /// [`password::HashError`] if there can be no hash at all.
    pub fn new(random: &Random, clock: &Clock) -> Result<Self, password::HashError> {
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
            hashed: AtomicU64::new(0),
            decoy: password::decoy(random).ok_or(password::HashError)?,
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
        let checked = password_hashing::verify(Network::of_text(address), password, hash).await;
        if !matches!(checked, Err(NotHashed::Busy)) {
            self.hashed.fetch_add(1, Ordering::Relaxed);
        }
        match checked {
            Ok(true) if is_known => Ok(()),
            Ok(_) | Err(NotHashed::Failed(_)) => Err(NotAccepted::Wrong),
            Err(NotHashed::Busy) => Err(NotAccepted::Busy),
        }
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
