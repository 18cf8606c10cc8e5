//! Refresh tokens (RFC 6749 §6) and their rotation (RFC 9700 §4.14.2).
//!
//! The tokens of one grant are a family. Each begins with the secret of its family, so that a token which was exchanged
//! long ago, and is forgotten, still betrays that somebody kept a copy of it.

use super::clock::Timestamp;
use super::secret::Secret;
use crate::crypto::digest;

/// Characters of each half of a refresh token: 256 bits in base64url.
const HALF: usize = 43;

/// A refresh token as the client holds it: opaque, of one length, so that no part of one is another.
#[derive(Clone)]
pub struct RefreshTokenText(Secret);

impl RefreshTokenText {
    /// The first token of a family, from two random texts of 256 bits each.
    pub fn first(family: &str, own: &str) -> Self {
        Self(Secret::new(format!("{family}{own}")))
    }

    /// The next token of the same family.
    pub fn next(&self, own: &str) -> Self {
        Self::first(self.family(), own)
    }

    /// Reads what a client presents; `None` for what cannot be one of ours.
    pub fn read(text: &str) -> Option<Self> {
        let is_one = text.len() == 2 * HALF
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        is_one.then(|| Self(Secret::new(text)))
    }

    fn family(&self) -> &str {
        self.0.reveal().get(..HALF).unwrap_or_default()
    }

    pub fn family_hash(&self) -> String {
        digest::sha256_base64url(self.family())
    }

    pub fn token_hash(&self) -> String {
        digest::sha256_base64url(self.0.reveal())
    }

    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

/// A refresh token as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct RefreshToken {
    pub family_hash: String,
    pub token_hash: String,
    pub grant_id: String,
    pub client_id: String,
    /// Counts rotations; a token used twice within the leeway has several successors of one generation.
    pub generation: i64,
    pub created_at: Timestamp,
    /// The last use.
    pub used_at: Option<Timestamp>,
    /// When it was exchanged for its successor.
    pub rotated_at: Option<Timestamp>,
    /// The end of its idle lifetime or of its family; once rotated, the end of the leeway.
    pub expires_at: Timestamp,
    /// The absolute end of the family, fixed when its first token was issued.
    pub family_expires_at: Timestamp,
}

/// What a stored token is worth when it is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    Good,
    /// It was exchanged before: somebody has a copy, and the family ends.
    Reused,
    Expired,
}

impl RefreshToken {
    /// What the token is worth to the client it was issued to.
    ///
    /// One that was exchanged may come again for `leeway_seconds`, for a client that lost the answer, and only while
    /// none of its successors was exchanged: `newest_rotated` is the newest generation of its family that was.
    pub fn worth(&self, newest_rotated: Option<i64>, leeway_seconds: i64, now: Timestamp) -> Worth {
        if let Some(rotated_at) = self.rotated_at {
            // Whoever lost a race may have looked at the clock before the winner did: without a leeway, that is no use
            // within it.
            let is_within_leeway = leeway_seconds > 0 && now < rotated_at.plus_seconds(leeway_seconds);
            let is_previous = newest_rotated.is_none_or(|newest| newest <= self.generation);
            if !is_within_leeway || !is_previous {
                return Worth::Reused;
            }
        } else if now >= self.expires_at {
            return Worth::Expired;
        }
        if now >= self.family_expires_at { Worth::Expired } else { Worth::Good }
    }

    /// The token that takes the place of this one.
    pub fn successor(&self, text: &RefreshTokenText, idle_seconds: Option<i64>, now: Timestamp) -> Self {
        Self {
            token_hash: text.token_hash(),
            generation: self.generation.saturating_add(1),
            created_at: now,
            used_at: None,
            rotated_at: None,
            expires_at: idle_end(idle_seconds, self.family_expires_at, now),
            ..self.clone()
        }
    }
}

/// When a token that is not used again expires; `None`: with its family.
pub fn idle_end(idle_seconds: Option<i64>, family_end: Timestamp, now: Timestamp) -> Timestamp {
    idle_seconds.map_or(family_end, |seconds| now.plus_seconds(seconds).min(family_end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::Random;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn token() -> RefreshToken {
        RefreshToken {
            family_hash: "f".into(),
            token_hash: "t".into(),
            grant_id: "g".into(),
            client_id: "app".into(),
            generation: 3,
            created_at: NOW,
            used_at: None,
            rotated_at: None,
            expires_at: NOW.plus_seconds(100),
            family_expires_at: NOW.plus_seconds(1_000),
        }
    }

    #[test]
    fn a_text_names_its_family_and_no_part_of_it_is_a_token() {
        let random = Random::default();
        let first = RefreshTokenText::first(&random.token(), &random.token());
        let next = first.next(&random.token());
        assert_eq!(first.family_hash(), next.family_hash());
        assert_ne!(first.token_hash(), next.token_hash());
        let read = RefreshTokenText::read(first.reveal()).unwrap();
        assert_eq!((read.family_hash(), read.token_hash()), (first.family_hash(), first.token_hash()));
        for cut in 0..first.reveal().len() {
            assert!(RefreshTokenText::read(&first.reveal()[cut + 1..]).is_none());
            assert!(RefreshTokenText::read(&first.reveal()[..cut]).is_none());
        }
        assert!(RefreshTokenText::read(&format!("{} ", &first.reveal()[1..])).is_none());
        assert!(RefreshTokenText::read(&"é".repeat(43)).is_none());
    }

    #[test]
    fn a_token_is_good_once_within_its_lifetimes() {
        assert_eq!(token().worth(None, 0, NOW), Worth::Good);
        assert_eq!(token().worth(Some(2), 0, NOW), Worth::Good);
        assert_eq!(token().worth(None, 0, NOW.plus_seconds(100)), Worth::Expired);
        let long = RefreshToken { expires_at: NOW.plus_seconds(5_000), ..token() };
        assert_eq!(long.worth(None, 0, NOW.plus_seconds(999)), Worth::Good);
        assert_eq!(long.worth(None, 0, NOW.plus_seconds(1_000)), Worth::Expired);
    }

    #[test]
    fn only_the_previous_token_comes_again_and_only_within_the_leeway() {
        let rotated = RefreshToken { rotated_at: Some(NOW), ..token() };
        for (newest, leeway, later, expected) in [
            (Some(3), 0, 0, Worth::Reused),
            (Some(3), 0, -1, Worth::Reused),
            (Some(3), 10, 0, Worth::Good),
            (Some(3), 10, 9, Worth::Good),
            (Some(3), 10, 10, Worth::Reused),
            (Some(4), 10, 0, Worth::Reused),
            (Some(3), 5_000, 1_000, Worth::Expired),
        ] {
            let worth = rotated.worth(newest, leeway, NOW.plus_seconds(later));
            assert_eq!(worth, expected, "{newest:?} {leeway} {later}");
        }
    }

    #[test]
    fn a_successor_is_idle_anew_and_ends_with_its_family() {
        let text = RefreshTokenText::first(&"f".repeat(43), &"n".repeat(43));
        let later = NOW.plus_seconds(950);
        let next = token().successor(&text, Some(30), later);
        assert_eq!((next.generation, next.expires_at), (4, later.plus_seconds(30)));
        assert_eq!(token().successor(&text, Some(100), later).expires_at, token().family_expires_at);
        assert_eq!(token().successor(&text, None, NOW).expires_at, token().family_expires_at);
    }
}
