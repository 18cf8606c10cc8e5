//! How often something may happen: a burst, then once in a while, for each key by itself, in the memory of this node.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use governor::clock;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::crypto::digest;
use crate::domain::clock::Clock;

pub(super) struct RateLimit(RateLimiter<[u8; 32], DefaultKeyedStateStore<[u8; 32]>, Measured>);

impl RateLimit {
    /// A `burst` at once, and one more each `refill_seconds`.
    pub(super) fn new(burst: u32, refill_seconds: u64, clock: &Clock) -> Self {
        let quota = quota(burst, refill_seconds);
        Self(RateLimiter::new(quota, DefaultKeyedStateStore::default(), Measured(clock.clone())))
    }

    /// Whether it may happen once more for `key` now. A key may be long, and of anybody's choice.
    pub(super) fn admits(&self, key: &str) -> bool {
        self.0.check_key(&digest::sha256(key.as_bytes())).is_ok()
    }

    /// Forgets keys whose allowance is full again; keeps memory bounded.
    pub(super) fn forget_idle(&self) {
        self.0.retain_recent();
    }
}

/// The hub's clock, as the limiter reads it.
#[derive(Clone, Debug)]
struct Measured(Clock);

impl clock::Clock for Measured {
    type Instant = Instant;

    fn now(&self) -> Instant {
        self.0.instant()
    }
}

fn quota(burst: u32, refill_seconds: u64) -> Quota {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(Duration::from_secs(refill_seconds))
        .unwrap_or_else(|| Quota::per_minute(burst))
        .allow_burst(burst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_a_burst_of_its_own_and_one_more_per_period() {
        let clock = Clock::default();
        let limit = RateLimit::new(3, 10, &clock);
        let admitted = |key: &str| (0..5).filter(|_| limit.admits(key)).count();
        assert_eq!((admitted("one"), admitted("other")), (3, 3));
        clock.advance(10);
        assert_eq!(admitted("one"), 1);
        clock.advance(1_000);
        limit.forget_idle();
        assert_eq!(admitted("one"), 3);
    }
}
