//! Sealing: authenticated encryption of secrets at rest and of state kept in a browser.
//!
//! Layout, before base64url: version (1) | key id (4) | salt (24) | ciphertext and tag. Every message gets a
//! key of its own, derived by HKDF-SHA256 from the master key, the salt and the purpose, so the number of
//! messages under one master key has no practical bound and a value sealed for one purpose never opens for
//! another.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::digest::sha256;
use super::master_key::MasterKey;
use super::random::Random;

const VERSION: u8 = 1;
const KEY_ID_LENGTH: usize = 4;
const SALT_LENGTH: usize = 24;
const HEADER_LENGTH: usize = 1 + KEY_ID_LENGTH + SALT_LENGTH;
const SEALING_KEY_LENGTH: usize = 32;

/// What a sealed value is for; part of what is authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A login in progress, in the browser's cookie.
    Login,
    /// A parked authorization request, too large for a cookie.
    ParkedRequest,
    /// A connection's client secret, in the database.
    ConnectionSecret,
    /// A private key by which we prove who we are at a provider, in the database.
    ConnectionKey,
    /// What a provider gave for one of our people, in the database.
    UpstreamTokens,
    /// An application's own secret, in the database.
    ClientSecret,
    /// A private signing key, in the database.
    SigningKey,
    /// The time at which a nonce for `DPoP` proofs was made.
    ProofNonce,
    /// The salt of pairwise subjects, in the database.
    SubjectSalt,
    /// A pushed authorization request, in the database.
    PushedRequest,
    /// The way back of somebody who signs out at a provider, in the browser's hands.
    ProviderSignOut,
    /// The connection that a person wants to be offered again, in the browser's cookie.
    RememberedChoice,
    /// The classic accounts to which a browser is known, in its cookie.
    KnownAccounts,
    /// A test of a connection on its way, in the browser's cookie.
    TestLogin,
    /// What a test of a connection found, in the database.
    TestReport,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Login => b"vestibule login v1",
            Self::ParkedRequest => b"vestibule parked request v1",
            Self::ConnectionSecret => b"vestibule connection secret v1",
            Self::ConnectionKey => b"vestibule connection key v1",
            Self::UpstreamTokens => b"vestibule upstream tokens v1",
            Self::ClientSecret => b"vestibule client secret v1",
            Self::SigningKey => b"vestibule signing key v1",
            Self::ProofNonce => b"vestibule proof nonce v1",
            Self::SubjectSalt => b"vestibule subject salt v1",
            Self::PushedRequest => b"vestibule pushed request v1",
            Self::ProviderSignOut => b"vestibule provider sign-out v1",
            Self::RememberedChoice => b"vestibule remembered choice v1",
            Self::KnownAccounts => b"vestibule known accounts v1",
            Self::TestLogin => b"vestibule test login v1",
            Self::TestReport => b"vestibule test report v1",
        }
    }
}

/// Why a sealed value did not open. Deliberately without detail: a forger learns nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OpenError {
    #[error("the sealed value is damaged, forged or sealed for something else")]
    Invalid,
    #[error("the sealed value was sealed with a master key that is not configured")]
    UnknownKey,
}

/// Seals with the first master key; opens with any of them.
#[derive(Clone, Debug)]
pub struct Sealer {
    first: SealingKey,
    older: Vec<SealingKey>,
}

#[derive(Clone, Debug)]
struct SealingKey {
    id: [u8; KEY_ID_LENGTH],
    key: MasterKey,
}

impl SealingKey {
    fn new(key: MasterKey) -> Self {
        let mut labelled = b"vestibule key id v1".to_vec();
        labelled.extend_from_slice(key.as_bytes());
        let hash = sha256(&labelled);
        let mut id = [0; KEY_ID_LENGTH];
        id.copy_from_slice(hash.first_chunk::<KEY_ID_LENGTH>().unwrap_or(&[0; KEY_ID_LENGTH]));
        Self { id, key }
    }
}

struct DerivedLength;

impl KeyType for DerivedLength {
    fn len(&self) -> usize {
        SEALING_KEY_LENGTH + NONCE_LEN
    }
}

impl Sealer {
    /// `first` seals; `older` keys only open.
    pub fn new(first: MasterKey, older: impl IntoIterator<Item = MasterKey>) -> Self {
        Self { first: SealingKey::new(first), older: older.into_iter().map(SealingKey::new).collect() }
    }

    /// Seals `plain` for `purpose`, bound to `context` (a record's id, or empty), as base64url text.
    pub fn seal(&self, purpose: Purpose, context: &[u8], plain: &[u8], random: &Random) -> String {
        let salt: [u8; SALT_LENGTH] = random.bytes();
        let mut sealed = Vec::with_capacity(HEADER_LENGTH + plain.len() + 16);
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.first.id);
        sealed.extend_from_slice(&salt);
        let mut body = plain.to_vec();
        let outcome = derive(&self.first.key, &salt, purpose)
            .and_then(|(key, nonce)| key.seal_in_place_append_tag(nonce, Aad::from(context), &mut body).ok());
        if outcome.is_none() {
            // Fixed sizes: the library can only refuse messages of 64 GiB. Never hand out plain text.
            std::process::abort();
        }
        sealed.extend_from_slice(&body);
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Opens what [`Sealer::seal`] made for the same purpose and context.
    ///
    /// # Errors
    /// [`OpenError`], without saying what exactly was wrong with the value.
    pub fn open(&self, purpose: Purpose, context: &[u8], sealed: &str) -> Result<Vec<u8>, OpenError> {
        let mut bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| OpenError::Invalid)?;
        if bytes.len() < HEADER_LENGTH {
            return Err(OpenError::Invalid);
        }
        let mut body = bytes.split_off(HEADER_LENGTH);
        let (version, rest) = bytes.split_first().ok_or(OpenError::Invalid)?;
        let (id, salt) = rest.split_first_chunk::<KEY_ID_LENGTH>().ok_or(OpenError::Invalid)?;
        if *version != VERSION {
            return Err(OpenError::Invalid);
        }
        let key = std::iter::once(&self.first)
            .chain(&self.older)
            .find(|key| key.id == *id)
            .ok_or(OpenError::UnknownKey)?;
        let (key, nonce) = derive(&key.key, salt, purpose).ok_or(OpenError::Invalid)?;
        let plain =
            key.open_in_place(nonce, Aad::from(context), &mut body).map_err(|_| OpenError::Invalid)?.len();
        body.truncate(plain);
        Ok(body)
    }
}

fn derive(master: &MasterKey, salt: &[u8], purpose: Purpose) -> Option<(LessSafeKey, Nonce)> {
    let mut derived = [0; SEALING_KEY_LENGTH + NONCE_LEN];
    Salt::new(HKDF_SHA256, salt)
        .extract(master.as_bytes())
        .expand(&[purpose.label()], DerivedLength)
        .ok()?
        .fill(&mut derived)
        .ok()?;
    let (key, nonce) = derived.split_first_chunk::<SEALING_KEY_LENGTH>()?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    Some((key, Nonce::try_assume_unique_for_key(nonce).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(MasterKey::new([byte; 32]), [])
    }

    #[test]
    fn what_was_sealed_opens_again_and_differs_each_time() {
        let (sealer, random) = (sealer(1), Random::default());
        let one = sealer.seal(Purpose::Login, b"id", b"secret", &random);
        let two = sealer.seal(Purpose::Login, b"id", b"secret", &random);
        assert_ne!(one, two);
        assert_eq!(sealer.open(Purpose::Login, b"id", &one).unwrap(), b"secret");
    }

    #[test]
    fn another_purpose_or_context_does_not_open_it() {
        let (sealer, random) = (sealer(1), Random::default());
        let sealed = sealer.seal(Purpose::Login, b"id", b"secret", &random);
        assert_eq!(sealer.open(Purpose::SigningKey, b"id", &sealed), Err(OpenError::Invalid));
        assert_eq!(sealer.open(Purpose::Login, b"other", &sealed), Err(OpenError::Invalid));
    }

    /// One purpose after the other; nobody adds one without it being missed here.
    const fn after(purpose: Purpose) -> Option<Purpose> {
        Some(match purpose {
            Purpose::Login => Purpose::ParkedRequest,
            Purpose::ParkedRequest => Purpose::ConnectionSecret,
            Purpose::ConnectionSecret => Purpose::ConnectionKey,
            Purpose::ConnectionKey => Purpose::UpstreamTokens,
            Purpose::UpstreamTokens => Purpose::ClientSecret,
            Purpose::ClientSecret => Purpose::SigningKey,
            Purpose::SigningKey => Purpose::ProofNonce,
            Purpose::ProofNonce => Purpose::SubjectSalt,
            Purpose::SubjectSalt => Purpose::PushedRequest,
            Purpose::PushedRequest => Purpose::ProviderSignOut,
            Purpose::ProviderSignOut => Purpose::RememberedChoice,
            Purpose::RememberedChoice => Purpose::KnownAccounts,
            Purpose::KnownAccounts => Purpose::TestLogin,
            Purpose::TestLogin => Purpose::TestReport,
            Purpose::TestReport => return None,
        })
    }

    #[test]
    fn what_was_sealed_for_one_purpose_opens_for_no_other() {
        let (sealer, random) = (sealer(1), Random::default());
        let all: Vec<Purpose> = std::iter::successors(Some(Purpose::Login), |one| after(*one)).collect();
        for one in &all {
            let sealed = sealer.seal(*one, b"id", b"secret", &random);
            let opens = |other: &&Purpose| sealer.open(**other, b"id", &sealed).is_ok();
            assert_eq!(all.iter().filter(opens).collect::<Vec<_>>(), [one]);
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let (sealer, random) = (sealer(1), Random::default());
        let sealed = sealer.seal(Purpose::Login, b"", b"secret", &random);
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        for index in 0..bytes.len() {
            for bit in 0..8 {
                let mut forged = bytes.clone();
                forged[index] ^= 1 << bit;
                assert!(sealer.open(Purpose::Login, b"", &URL_SAFE_NO_PAD.encode(&forged)).is_err());
            }
            assert!(sealer.open(Purpose::Login, b"", &URL_SAFE_NO_PAD.encode(&bytes[..index])).is_err());
        }
        assert!(sealer.open(Purpose::Login, b"", "not base64!").is_err());
    }

    #[test]
    fn an_older_key_still_opens_and_an_unknown_one_is_named_so() {
        let random = Random::default();
        let old = sealer(1).seal(Purpose::Login, b"", b"secret", &random);
        let rotated = Sealer::new(MasterKey::new([2; 32]), [MasterKey::new([1; 32])]);
        assert_eq!(rotated.open(Purpose::Login, b"", &old).unwrap(), b"secret");
        assert_eq!(sealer(3).open(Purpose::Login, b"", &old), Err(OpenError::UnknownKey));
        let new = rotated.seal(Purpose::Login, b"", b"secret", &random);
        assert_eq!(sealer(1).open(Purpose::Login, b"", &new), Err(OpenError::UnknownKey));
    }
}
