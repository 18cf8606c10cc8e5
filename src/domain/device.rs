//! A device that waits for its person (RFC 8628): what it asked for, and the code somebody types elsewhere.

use super::clock::Timestamp;
use super::limits;
use crate::crypto::digest;
use crate::crypto::random::Random;

/// Letters of a user code: no vowels, so that no words appear, and nothing that looks like something else
/// (RFC 8628 §6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// One device authorization request. Both codes are stored hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAuthorization {
    pub device_code_hash: String,
    pub user_code_hash: String,
    pub client_id: String,
    /// Space separated.
    pub scope: String,
    pub audience: Option<String>,
    /// The device waits at least this long between two questions.
    pub interval_seconds: i64,
    pub polled_at: Option<Timestamp>,
    pub denied_at: Option<Timestamp>,
    /// The grant of the person who said yes.
    pub grant_id: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What a device that asks is told (RFC 8628 §3.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Poll {
    Pending,
    /// It asked too soon, and has to wait longer from now on.
    SlowDown,
    Denied,
    Expired,
    /// Somebody said yes: the grant's id.
    Approved(String),
}

impl DeviceAuthorization {
    /// The answer to a device that asks `now`. An answer that is there is given even to a hasty one.
    pub fn poll(&self, now: Timestamp) -> Poll {
        if now >= self.expires_at {
            return Poll::Expired;
        }
        if self.denied_at.is_some() {
            return Poll::Denied;
        }
        if let Some(grant_id) = &self.grant_id {
            return Poll::Approved(grant_id.clone());
        }
        // Half a second less: the device's clock and the network are not exact.
        let wait_millis = self.interval_seconds.saturating_mul(1_000).saturating_sub(500);
        match self.polled_at {
            Some(last) if now.millis().saturating_sub(last.millis()) < wait_millis => Poll::SlowDown,
            Some(_) | None => Poll::Pending,
        }
    }

    /// Whether a person can still say yes or no.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.expires_at && self.denied_at.is_none() && self.grant_id.is_none()
    }
}

/// A code that a person reads from one screen and types at another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// Draws one: 20 letters to the power of eight, 34 bits.
    pub fn draw(random: &Random) -> Self {
        let mut letters = String::with_capacity(limits::USER_CODE_LETTERS);
        while letters.len() < limits::USER_CODE_LETTERS {
            let bytes: [u8; 16] = random.bytes();
            // 240 is the largest multiple of 20 in a byte: beyond it some letters would be likelier.
            letters.extend(
                bytes
                    .into_iter()
                    .filter(|byte| *byte < 240)
                    .filter_map(|byte| LETTERS.get(usize::from(byte % 20)))
                    .map(|letter| char::from(*letter)),
            );
        }
        letters.truncate(limits::USER_CODE_LETTERS);
        Self(letters)
    }

    /// What somebody typed: case, blanks and dashes do not matter. `None` for what cannot be a code.
    pub fn read(typed: &str) -> Option<Self> {
        let letters: String = typed
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let is_code = letters.len() == limits::USER_CODE_LETTERS
            && letters.bytes().all(|letter| LETTERS.contains(&letter));
        is_code.then_some(Self(letters))
    }

    /// As a person reads it: `BCDF-GHJK`.
    pub fn shown(&self) -> String {
        let (first, second) = self.0.split_at(self.0.len() / 2);
        format!("{first}-{second}")
    }

    pub fn hash(&self) -> String {
        digest::sha256_base64url(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn waiting() -> DeviceAuthorization {
        DeviceAuthorization {
            device_code_hash: "d".into(),
            user_code_hash: "u".into(),
            client_id: "tv".into(),
            scope: "openid".into(),
            audience: None,
            interval_seconds: 5,
            polled_at: None,
            denied_at: None,
            grant_id: None,
            created_at: NOW,
            expires_at: NOW.plus_seconds(900),
        }
    }

    #[test]
    fn a_typed_code_is_forgiven_its_dress() {
        let code = UserCode::draw(&Random::default());
        let shown = code.shown();
        assert_eq!(shown.len(), limits::USER_CODE_LETTERS + 1);
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', " "), format!(" {shown}\n")] {
            assert_eq!(UserCode::read(&typed), Some(code.clone()), "{typed}");
        }
        for typed in ["", "BCDF-GHJ", "BCDF-GHJKL", "ABCD-EFGH", "BCDF_GHJK", "1234-5678"] {
            assert_eq!(UserCode::read(typed), None, "{typed}");
        }
    }

    #[test]
    fn codes_differ_and_use_every_letter() {
        let random = Random::default();
        let codes: std::collections::HashSet<String> =
            (0..500).map(|_| UserCode::draw(&random).shown()).collect();
        assert_eq!(codes.len(), 500);
        let letters: std::collections::HashSet<u8> = codes.iter().flat_map(|code| code.bytes()).collect();
        assert!(LETTERS.iter().all(|letter| letters.contains(letter)));
    }

    #[test]
    fn what_a_device_is_told() {
        let poll = |change: fn(&mut DeviceAuthorization), after: i64| {
            let mut device = waiting();
            change(&mut device);
            device.poll(NOW.plus_seconds(after))
        };
        assert_eq!(poll(|_| {}, 0), Poll::Pending);
        assert_eq!(poll(|device| device.polled_at = Some(NOW), 4), Poll::SlowDown);
        assert_eq!(poll(|device| device.polled_at = Some(NOW), 5), Poll::Pending);
        assert_eq!(poll(|device| device.denied_at = Some(NOW), 1), Poll::Denied);
        assert_eq!(poll(|device| device.grant_id = Some("g".into()), 1), Poll::Approved("g".into()));
        let hasty = |device: &mut DeviceAuthorization| {
            device.grant_id = Some("g".into());
            device.polled_at = Some(NOW);
        };
        assert_eq!(poll(hasty, 1), Poll::Approved("g".into()));
        assert_eq!(poll(|device| device.grant_id = Some("g".into()), 900), Poll::Expired);
        let both = |device: &mut DeviceAuthorization| {
            device.grant_id = Some("g".into());
            device.denied_at = Some(NOW);
        };
        assert_eq!(poll(both, 1), Poll::Denied, "a no counts, whatever else is there");
    }
}
