//! Passwords of classic accounts: Argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane).

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize as _;

use super::random::Random;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const OUTPUT_BYTES: usize = 32;
const SALT_BYTES: usize = 16;

/// Why a password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct HashError;

/// The memory that one hash at a time needs, 19 MiB, allocated once and used again and again: allocated for each hash
/// anew, by whichever thread, it stays behind in the allocator's arena of that thread. Without one there is no hashing, so
/// as many as there are of these are hashed at the same time.
pub struct Hasher(Vec<Block>);

impl Default for Hasher {
    fn default() -> Self {
        Self(vec![Block::new(); MEMORY_KIB as usize])
    }
}

impl Hasher {
    /// Hashes `password` with a fresh salt, as a PHC string. Takes about 15 ms of one core.
    ///
    /// # Errors
    /// [`HashError`] when the library refuses, for instance for a password of over 4 GiB.
    pub fn hash(&mut self, password: &str, random: &Random) -> Result<String, HashError> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| HashError)?;
        let salt = Salt::new(&random.bytes::<SALT_BYTES>()).map_err(|_| HashError)?;
        let mut out = [0; OUTPUT_BYTES];
        self.fill(&params, Version::V0x13, password, &salt, &mut out).ok_or(HashError)?;
        let phc = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).map_err(|_| HashError)?,
            salt: Some(salt),
            hash: Some(Output::new(&out).map_err(|_| HashError)?),
        };
        Ok(phc.to_string())
    }

    /// Whether `password` is the one behind the PHC string `hash`. A hash that asks for more memory, passes or lanes than
    /// ours has no password: nobody makes a sign-in cost more than it does.
    pub fn verify(&mut self, password: &str, hash: &str) -> bool {
        self.try_verify(password, hash).unwrap_or(false)
    }

    fn try_verify(&mut self, password: &str, hash: &str) -> Option<bool> {
        let stored = PasswordHash::new(hash).ok()?;
        let (salt, expected) = (stored.salt?, stored.hash?);
        let version = stored.version.map_or(Some(Version::default()), |version| version.try_into().ok())?;
        let params = Params::try_from(&stored).ok()?;
        let is_ours = stored.algorithm == Algorithm::Argon2id.ident()
            && params.m_cost() <= MEMORY_KIB
            && params.t_cost() <= PASSES
            && params.p_cost() <= LANES;
        if !is_ours {
            return None;
        }
        let mut out = [0; Output::MAX_LENGTH];
        let out = out.get_mut(..expected.len())?;
        self.fill(&params, version, password, &salt, out)?;
        Some(out.ct_eq(expected.as_bytes()).into())
    }

    /// Hashes, and leaves nothing of the password in the memory: it would make guesses cheap for whoever reads it there.
    fn fill(
        &mut self,
        params: &Params,
        version: Version,
        password: &str,
        salt: &Salt,
        out: &mut [u8],
    ) -> Option<()> {
        let argon2 = Argon2::new(Algorithm::Argon2id, version, params.clone());
        let filled = argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut self.0);
        self.0.iter_mut().for_each(Block::zeroize);
        filled.ok()
    }
}

/// A hash in the form of ours that belongs to no password anybody knows: to verify one against it takes as long as against
/// that of an account.
pub fn decoy(random: &Random) -> Option<String> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    let phc = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).ok()?,
        salt: Some(Salt::new(&random.bytes::<SALT_BYTES>()).ok()?),
        hash: Some(Output::new(&random.bytes::<OUTPUT_BYTES>()).ok()?),
    };
    Some(phc.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_verifies() {
        let (mut hasher, random) = (Hasher::default(), Random::default());
        let stored = hasher.hash("correct horse", &random).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_ne!(stored, hasher.hash("correct horse", &random).unwrap());
        assert!(hasher.verify("correct horse", &stored));
        assert!(!hasher.verify("Correct horse", &stored));
        assert!(!hasher.verify("", &stored));
        assert!(!hasher.verify("correct horse", "not a hash"));
        assert!(!hasher.verify("correct horse", &decoy(&random).unwrap()));
    }

    #[test]
    fn a_hash_made_before_verifies_and_one_that_costs_more_than_ours_does_not() {
        let mut hasher = Hasher::default();
        let stored = |parameters: (u32, u32, u32)| {
            let (memory, passes, lanes) = parameters;
            let params = Params::new(memory, passes, lanes, None).unwrap();
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            argon2::PasswordHasher::hash_password(&argon2, b"correct horse").unwrap().to_string()
        };
        for ours in [(MEMORY_KIB, PASSES, LANES), (8 * 1024, 1, 1)] {
            assert!(hasher.verify("correct horse", &stored(ours)), "{ours:?}");
        }
        for more in
            [(MEMORY_KIB + 1, PASSES, LANES), (MEMORY_KIB, PASSES + 1, LANES), (MEMORY_KIB, PASSES, 2)]
        {
            assert!(!hasher.verify("correct horse", &stored(more)), "{more:?}");
        }
    }

    #[test]
    fn nothing_of_a_password_stays_in_the_memory() {
        let mut hasher = Hasher::default();
        hasher.hash("correct horse", &Random::default()).unwrap();
        assert!(hasher.0.iter().all(|block| block.as_ref().iter().all(|word| *word == 0)));
    }
}
