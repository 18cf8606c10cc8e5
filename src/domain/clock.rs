//! Time as a value, and the one place that reads the system clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, as tokens count (RFC 7519 §2, NumericDate).
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This moment moved by `seconds`, which may be negative.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// `2026-11-21T04:30:00.123Z`.
    pub fn iso8601(self) -> String {
        let nanoseconds = i128::from(self.0) * 1_000_000;
        OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
            .ok()
            .and_then(|moment| {
                moment
                    .format(format_description!(
                        "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
                    ))
                    .ok()
            })
            .unwrap_or_else(|| self.0.to_string())
    }

    /// Reads an RFC 3339 date with time.
    pub fn from_iso8601(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok().map(Self)
    }
}

/// The system clock, which tests may move.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_millis: Arc<AtomicI64>,
}

impl Clock {
    pub fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let millis = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
        Timestamp(millis.saturating_add(self.offset_millis.load(Ordering::Relaxed)))
    }

    /// A moment for measuring, not for dating: it never jumps when somebody sets the system's clock.
    pub fn instant(&self) -> Instant {
        let offset = u64::try_from(self.offset_millis.load(Ordering::Relaxed)).unwrap_or(0);
        Instant::now() + Duration::from_millis(offset)
    }

    /// Moves this clock and its clones by `seconds`.
    pub fn advance(&self, seconds: i64) {
        self.offset_millis.fetch_add(seconds.saturating_mul(1000), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_and_read_with_milliseconds() {
        let moment = Timestamp::from_millis(1_795_235_400_123);
        assert_eq!(moment.iso8601(), "2026-11-21T04:30:00.123Z");
        assert_eq!(Timestamp::from_iso8601("2026-11-21T04:30:00.123Z"), Some(moment));
        assert_eq!(Timestamp::from_iso8601("2026-11-21T05:30:00.123+01:00"), Some(moment));
        assert_eq!(Timestamp::from_iso8601("yesterday"), None);
        assert_eq!(moment.seconds(), 1_795_235_400);
    }
}
