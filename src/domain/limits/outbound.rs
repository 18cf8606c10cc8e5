//! Limits of requests to other servers.

/// Saving a connection waits this long to learn whether its provider names itself in its answers.
pub const PROMISE_LOOK_UP_MILLIS: u64 = 3_000;
/// Exchanges with one provider at the same time, for each connection.
pub const EXCHANGES_PER_PROVIDER: usize = 100;
/// A network that has some already takes another only while it has fewer than this many for each that stays free: eighty
/// where it is alone.
pub const EXCHANGES_PER_FREE_PLACE: usize = 4;
/// Those that wait for a place, for each connection and host.
pub const EXCHANGES_WAITING: usize = 400;
