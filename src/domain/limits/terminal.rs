//! Limits of the commands that talk to a running hub.

/// Until a connection to the hub stands, and until an answer is read: a check of a provider asks it several times.
pub const TERMINAL_CONNECT_MILLIS: u64 = 5_000;
pub const TERMINAL_TOTAL_MILLIS: u64 = 60_000;
/// An answer of the hub.
pub const TERMINAL_ANSWER_BYTES: usize = 16 * 1024 * 1024;
/// A call that came too often is made again this many times, each after the wait the hub asks for, in seconds at most.
pub const TERMINAL_TRIES_AGAIN: usize = 3;
pub const TERMINAL_WAIT_SECONDS: u64 = 10;
/// Pages of one list: more is no hub's answer.
pub const TERMINAL_PAGES: usize = 10_000;
/// Calls of one command at the same time.
pub const TERMINAL_CALLS_AT_ONCE: usize = 8;
/// A list of providers waits this long for what the hub finds out about all of them.
pub const TERMINAL_STATUS_SECONDS: u64 = 20;
/// A secret in a file or on standard input, and a file of connections and applications.
pub const TERMINAL_SECRET_BYTES: u64 = 8 * 1024;
pub const TERMINAL_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Letters of a value that a plan shows.
pub const PLANNED_VALUE_CHARACTERS: usize = 200;
