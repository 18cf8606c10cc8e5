//! What of a connection comes to an end, and when somebody should hear of it.

use super::evidence::{Certificate, Evidence};
use crate::domain::clock::Timestamp;
use crate::domain::connection::OidcOptions;
use crate::domain::limits;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expiring {
    /// Ours at the provider (`client_secret_expires_at`).
    ClientSecret,
    /// The TLS certificate of one of the provider's hosts.
    Certificate { host: String },
}

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    pub what: Expiring,
    pub at: Timestamp,
}

impl Expiry {
    /// Everything that is known to end, of a connection with `options`.
    pub fn all(options: &OidcOptions, evidence: &Evidence) -> Vec<Self> {
        let secret = options.client_secret_expires_at.filter(|seconds| *seconds != 0);
        let secret = secret.map(|at| Self { what: Expiring::ClientSecret, at: Timestamp::from_seconds(at) });
        let certificates = evidence.certificates.iter().filter_map(|(host, certificate)| match certificate {
            Certificate::Trusted { ends_at: Some(at) } => {
                Some(Self { what: Expiring::Certificate { host: host.clone() }, at: *at })
            }
            _ => None,
        });
        secret.into_iter().chain(certificates).collect()
    }

    /// Which reminder is due, by its days ahead of the end; `None` if it is too early, or too late.
    pub fn reminder(&self, now: Timestamp) -> Option<i64> {
        let left = self.at.seconds().saturating_sub(now.seconds());
        if left <= 0 {
            return None;
        }
        limits::EXPIRY_REMINDER_DAYS.into_iter().filter(|days| left <= days * SECONDS_PER_DAY).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_reminder_for_each_stretch_before_the_end_and_none_after_it() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let due = |seconds: i64| {
            Expiry { what: Expiring::ClientSecret, at: now.plus_seconds(seconds) }.reminder(now)
        };
        let day = SECONDS_PER_DAY;
        assert_eq!(due(30 * day + 1), None);
        assert_eq!((due(30 * day), due(7 * day + 1)), (Some(30), Some(30)));
        assert_eq!((due(7 * day), due(day + 1)), (Some(7), Some(7)));
        assert_eq!((due(day), due(1)), (Some(1), Some(1)));
        assert_eq!((due(0), due(-day)), (None, None));
    }

    #[test]
    fn what_is_remembered_of_a_reminder_outlasts_its_stretch() {
        let longest = limits::EXPIRY_REMINDER_DAYS.into_iter().max().unwrap();
        assert!(limits::LETTER_RETENTION_SECONDS > longest * SECONDS_PER_DAY);
    }
}
