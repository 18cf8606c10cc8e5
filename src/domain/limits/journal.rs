//! Limits of what is logged, in the database and as lines of the process, and of what is told again of a stranger's words.

/// Bytes of each text of a log entry. An entry of a stranger takes some 500, and with all of them full 16 000.
pub const LOG_DESCRIPTION_BYTES: usize = 2_000;
pub const USER_AGENT_BYTES: usize = 300;
/// An address of IPv6, with its zone.
pub const IP_BYTES: usize = 64;
/// Our own have 16 letters.
pub const REQUEST_ID_BYTES: usize = 64;
/// The id or name of somebody who exists. The longest is a user's, of a connection's name and a subject of 255 characters.
/// PostgreSQL indexes no row beyond 2 704 bytes.
pub const LOGGED_NAME_BYTES: usize = 1_200;
/// The longest name that is looked for, in bytes: an API's identifier has 600 characters.
pub const NAME_BYTES_MAX: usize = 2_400;
/// What one column of an index holds at most.
pub const INDEXED_BYTES: usize = 1_000;
/// A provider's issuer: with the subject it is the key of a person.
pub const ISSUER_BYTES: usize = 1_024;
/// How a person signed in, as the provider says it: characters of one word of `amr` or of `acr`, and words.
pub const AUTHENTICATION_WORD_CHARACTERS: usize = 255;
pub const AUTHENTICATION_METHODS: usize = 32;
/// Details of a log entry: as JSON, one text of them, members of one list or object, and lists and objects inside each
/// other.
pub const LOG_DETAILS_BYTES: usize = 8_000;
pub const LOG_DETAIL_BYTES: usize = 1_000;
pub const LOG_DETAIL_MEMBERS: usize = 100;
pub const LOG_DETAIL_DEPTH: usize = 6;

/// Log entries of strangers that wait to be written, of all networks and of one. Beyond them they are counted, those of
/// the network with the most waiting first.
pub const PENDING_LOG_ENTRIES: usize = 2_000;
pub const PENDING_LOG_BYTES: usize = 2 * 1024 * 1024;
pub const PENDING_LOG_ENTRIES_PER_NETWORK: usize = PENDING_LOG_ENTRIES / 4;
pub const PENDING_LOG_BYTES_PER_NETWORK: usize = PENDING_LOG_BYTES / 4;
/// Log entries of strangers written by one flush; there is one flush per second.
pub const STRANGER_LOG_ENTRIES_PER_FLUSH: usize = 200;
/// Bytes of log entries that strangers may cause on each node: a burst, then so many per minute. It makes at most 92 MB a
/// day, and with [`LOG_RETENTION_SECONDS`] less than 3 GB.
pub const STRANGER_LOG_BURST_BYTES: usize = 2 * 1024 * 1024;
pub const STRANGER_LOG_BYTES_PER_MINUTE: usize = 64 * 1024;
/// Beyond that an entry waits this long to be written, and is counted instead.
pub const STRANGER_LOG_WAIT_SECONDS: i64 = 10;
/// What was counted is told at most this often.
pub const COUNTED_LOG_ENTRIES_TOLD_SECONDS: i64 = 10;
/// A reader of the log waits this long for what has just happened to be written.
pub const LOG_READER_WAIT_MILLIS: u64 = 2_000;
/// A log entry is written at most this long after its date; until then a reader who reads on does not see it.
pub const LOG_SETTLING_SECONDS: i64 = 15;
/// Log entries are kept for this long.
pub const LOG_RETENTION_SECONDS: i64 = 30 * 24 * 60 * 60;

/// A problem of a body: the path of the property, and the sentence about it.
pub const PROBLEM_PATH_BYTES: usize = 300;
pub const PROBLEM_BYTES: usize = 1_000;
/// The message of an answer of the Management API; one that tells many problems may be longer.
pub const API_MESSAGE_BYTES: usize = 1_000;
pub const API_PROBLEMS_BYTES: usize = 16 * 1024;

/// A line that the process logs, and one field of it.
pub const LOG_LINE_BYTES: usize = 8 * 1024;
pub const LOG_FIELD_BYTES: usize = 2 * 1024;
/// Bytes of lines that the process logs: a burst, then so many per second. Warnings and errors have as much for themselves.
pub const LOG_LINES_BURST_BYTES: usize = 16 * 1024 * 1024;
pub const LOG_LINES_BYTES_PER_SECOND: usize = 1024 * 1024;
