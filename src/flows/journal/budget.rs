//! How many bytes of log entries strangers may cause: a burst, and then so many per minute.

use crate::domain::clock::Timestamp;
use crate::domain::limits;

const MILLIS_PER_MINUTE: i64 = 60_000;

#[derive(Default)]
pub(super) struct Budget {
    /// What has been spent and is not back yet.
    spent: usize,
    /// Until when it has come back.
    since: Option<Timestamp>,
}

impl Budget {
    /// Bytes that may be spent at `now`.
    pub fn left(&mut self, now: Timestamp) -> usize {
        let since = *self.since.get_or_insert(now);
        let millis = now.millis().saturating_sub(since.millis());
        let per_minute = i64::try_from(limits::STRANGER_LOG_BYTES_PER_MINUTE).unwrap_or(i64::MAX);
        // What is less than a byte comes back the next time.
        let back = millis.saturating_mul(per_minute) / MILLIS_PER_MINUTE;
        if back != 0 || millis < 0 {
            self.since = Some(now);
        }
        self.spent = self.spent.saturating_sub(usize::try_from(back).unwrap_or_default());
        limits::STRANGER_LOG_BURST_BYTES.saturating_sub(self.spent)
    }

    pub fn spend(&mut self, bytes: usize) {
        self.spent = self.spent.saturating_add(bytes);
    }

    pub fn give_back(&mut self, bytes: usize) {
        self.spent = self.spent.saturating_sub(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_comes_back_by_the_minute_and_never_more() {
        let now = Timestamp::from_millis(1_000_000);
        let mut budget = Budget::default();
        assert_eq!(budget.left(now), limits::STRANGER_LOG_BURST_BYTES);
        budget.spend(limits::STRANGER_LOG_BURST_BYTES);
        assert_eq!(budget.left(now), 0);
        assert_eq!(budget.left(now.plus_seconds(30)), limits::STRANGER_LOG_BYTES_PER_MINUTE / 2);
        assert_eq!(budget.left(now.plus_seconds(60)), limits::STRANGER_LOG_BYTES_PER_MINUTE);
        assert_eq!(
            budget.left(now.plus_seconds(20)),
            limits::STRANGER_LOG_BYTES_PER_MINUTE,
            "a clock set back"
        );
        assert_eq!(budget.left(now.plus_seconds(90_000)), limits::STRANGER_LOG_BURST_BYTES);
    }
}
