//! Passwords of classic accounts: Argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane).

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Why a password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct HashError;

fn hasher() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| HashError)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes `password` with a fresh salt, as a PHC string. Takes about 15 ms of one core and 19 MiB.
///
/// # Errors
/// [`HashError`] when the library refuses, for instance for a password of over 4 GiB.
pub fn hash(password: &str) -> Result<String, HashError> {
    Ok(hasher()?.hash_password(password.as_bytes()).map_err(|_| HashError)?.to_string())
}

/// Whether `password` is the one behind the PHC string `hash`.
pub fn verify(password: &str, hash: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(hash) else { return false };
    hasher().is_ok_and(|hasher| hasher.verify_password(password.as_bytes(), &parsed).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_verifies() {
        let stored = hash("correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("correct horse", &stored));
        assert!(!verify("Correct horse", &stored));
        assert!(!verify("", &stored));
        assert!(!verify("correct horse", "not a hash"));
    }
}
