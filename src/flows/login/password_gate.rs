//! Checks passwords where all of them are hashed, at the same cost whether or not there is an account. How often one may be
//! guessed is the question of `flows/guesses`.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::crypto::password;
use crate::crypto::random::Random;
use crate::domain::limits;
use crate::domain::network::Network;
use crate::domain::secret::Secret;
use crate::flows::password_hashing::{self, NotHashed};

pub struct PasswordGate {
    hashed: AtomicU64,
    /// A hash of nothing anybody knows: unknown addresses cost the same time as known ones.
    decoy: String,
}

impl PasswordGate {
    /// # Errors
    /// [`password::HashError`] if there can be no hash at all.
    pub fn new(random: &Random) -> Result<Self, password::HashError> {
        Ok(Self { hashed: AtomicU64::new(0), decoy: password::decoy(random).ok_or(password::HashError)? })
    }

    /// Whether `password`, which somebody in `network` typed, is that of `hash`, or of nothing if there is no account. The
    /// time it takes does not say whether there is one.
    ///
    /// # Errors
    /// [`NotHashed::Busy`] while more passwords wait to be hashed than there is time for.
    pub async fn is_right(
        &self,
        network: Network,
        hash: Option<String>,
        password: Secret,
    ) -> Result<bool, NotHashed> {
        if password.reveal().len() > limits::PASSWORD_MAX_BYTES {
            return Ok(false);
        }
        let is_known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.decoy.clone());
        let checked = password_hashing::verify(network, password, hash).await;
        if !matches!(checked, Err(NotHashed::Busy)) {
            self.hashed.fetch_add(1, Ordering::Relaxed);
        }
        match checked {
            Ok(is_right) => Ok(is_right && is_known),
            Err(NotHashed::Failed(_)) => Ok(false),
            Err(NotHashed::Busy) => Err(NotHashed::Busy),
        }
    }

    /// Passwords hashed so far: as many for addresses without an account as for those with one.
    pub fn passwords_hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }
}
