//! Limits of what this hub asks providers by itself, to find out whether people can sign in.

/// Hours between two checks of one connection that an administrator may choose.
pub const CONNECTION_CHECK_MAX_HOURS: i64 = 7 * 24;
/// Each check is due up to this share of the time between two earlier or later, in percent, so that what was saved
/// together is not asked together for ever.
pub const CONNECTION_CHECK_JITTER_PERCENT: i64 = 20;
/// Connections that were there before their checks were are first checked over this long.
pub const FIRST_CHECKS_SECONDS: i64 = 30 * 60;
/// Of them, queued at a time, and how often a node looks for them.
pub const FIRST_CHECKS_QUEUED_AT_ONCE: i64 = 500;
pub const FIRST_CHECKS_POLL_SECONDS: u64 = 60;
/// How often a node looks for connections that are due, how many it checks side by side, and how long nobody else takes
/// them.
pub const CONNECTION_CHECK_POLL_MILLIS: u64 = 1_000;
pub const CONNECTION_CHECKS_AT_ONCE: usize = 8;
pub const CONNECTION_CHECK_LEASE_SECONDS: i64 = 5 * 60;
/// How often a node counts the connections by state, for its metrics.
pub const STATES_COUNTED_SECONDS: u64 = 15;
/// Members of a provider's metadata that are told when they change; further ones are counted.
pub const METADATA_CHANGES_TOLD: usize = 20;
/// Of them, told in words; all are told as JSON.
pub const METADATA_CHANGES_IN_WORDS: usize = 5;
/// Findings told in the words of one log entry; all are in its details.
pub const FINDINGS_IN_WORDS: usize = 3;
/// A connection's page shows the same again when somebody asks for a check sooner after the last one than this.
pub const CHECK_AGAIN_SECONDS: i64 = 10;
