//! Limits of network connections: how many, and how long a client may keep one waiting.

/// Connections at the same time, where the process may open as many files.
pub const HTTP_CONNECTIONS: usize = 4_096;
/// The same for metrics.
pub const METRICS_CONNECTIONS: usize = 64;
/// Files that connections leave to everything else: the database, providers, mail.
pub const OPEN_FILES_KEPT: usize = 256;
/// Connections of a process that may open hardly more files than that.
pub const HTTP_CONNECTIONS_MIN: usize = 64;
/// One network has at most one in this many of all connections.
pub const HTTP_CONNECTION_SHARES: usize = 8;
/// Connections without a request that are given up together, where there would be no place for the next one.
pub const HTTP_CONNECTIONS_CROWDED_OUT: usize = 32;
/// How often connections are looked at that keep us waiting, in milliseconds.
pub const HTTP_CONNECTION_LOOK_MILLIS: u64 = 1_000;

/// The first head of a request; a connection that sends none is answered 408.
pub const REQUEST_HEAD_SECONDS: u64 = 10;
/// A connection between two requests, if nothing comes.
pub const KEEP_ALIVE_SECONDS: u64 = 5;
/// A connection between two requests, whatever it sends as long as it is no whole head: the handshake of TLS, a head in
/// pieces, the rest of a body that nobody reads.
pub const WITHOUT_REQUEST_SECONDS: u64 = 15;
/// A client reads the answer for this long after which we close, while what it still sends is thrown away.
pub const DISCONNECT_SECONDS: u64 = 1;

/// A body of up to [`REQUEST_BODY_PROMPT_BYTES`] is here within this time, and what is longer comes at this rate or faster.
pub const REQUEST_BODY_SECONDS: u64 = 10;
pub const REQUEST_BODY_PROMPT_BYTES: usize = 16 * 1024;
pub const REQUEST_BODY_BYTES_PER_SECOND: usize = 16 * 1024;
/// A client that has stopped reading an answer for this long is given up, unless it has read at this rate since.
pub const ANSWER_STALL_SECONDS: u64 = 10;
pub const ANSWER_BYTES_PER_SECOND: u64 = 4 * 1024;
