//! Randomness, handed to those who need it.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The operating system's random generator.
///
/// There is no seed and no other source, so tests cannot weaken it either.
#[derive(Clone, Debug)]
pub struct Random(SystemRandom);

impl Default for Random {
    fn default() -> Self {
        Self(SystemRandom::new())
    }
}

impl Random {
    /// `N` random bytes.
    ///
    /// A machine without randomness must not issue tokens: aborting the process is the only safe answer.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        if self.0.fill(&mut bytes).is_err() {
            std::process::abort();
        }
        bytes
    }

    /// A 256-bit token in unpadded base64url (43 characters).
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// `length` characters of `[0-9A-Za-z]`, each uniformly drawn (5.95 bits).
    pub fn alphanumeric(&self, length: usize) -> String {
        let mut text = String::with_capacity(length);
        while text.len() < length {
            // 248 = 4 × 62: larger bytes would favour the first letters.
            for byte in self.bytes::<32>().into_iter().filter(|byte| *byte < 248) {
                if text.len() < length
                    && let Some(letter) = ALPHANUMERIC.get(usize::from(byte % 62))
                {
                    text.push(char::from(*letter));
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn tokens_do_not_repeat() {
        let random = Random::default();
        let tokens: HashSet<String> = (0..10_000).map(|_| random.token()).collect();
        assert_eq!(tokens.len(), 10_000);
    }

    #[test]
    fn alphanumeric_text_has_the_length_asked_for_and_uses_the_whole_alphabet() {
        let random = Random::default();
        assert_eq!(random.alphanumeric(16).len(), 16);
        let letters: HashSet<char> = random.alphanumeric(5_000).chars().collect();
        assert_eq!(letters.len(), 62);
    }
}
