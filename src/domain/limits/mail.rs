//! Limits of mail to administrators.

/// How many days ahead of an end somebody is reminded: once for each.
pub const EXPIRY_REMINDER_DAYS: [i64; 3] = [30, 7, 1];
/// A connection is called broken by mail when it has been broken for this long, and it is checked again before.
pub const BROKEN_BEFORE_MAIL_SECONDS: i64 = 10 * 60;
pub const BROKEN_CHECKED_AGAIN_SECONDS: i64 = 5 * 60;
/// How often a node looks for letters that are due.
pub const MAIL_POLL_SECONDS: u64 = 5;
/// Between two mails to one person. What comes up meanwhile goes into the second.
pub const MAIL_PAUSE_SECONDS: i64 = 15 * 60;
/// Letters in one mail.
pub const LETTERS_PER_MAIL: i64 = 20;
/// Findings told of one connection.
pub const FINDINGS_PER_LETTER: usize = 5;
/// How long an attempt may take, and how long nobody else takes the letters meanwhile.
pub const MAIL_TIMEOUT_SECONDS: u64 = 30;
pub const MAIL_LEASE_SECONDS: i64 = 2 * 60;
/// Minutes to wait after the first attempt that failed, after the second, and so on; after the last one it is given up.
pub const MAIL_RETRY_MINUTES: [i64; 9] = [1, 2, 5, 15, 60, 3 * 60, 6 * 60, 12 * 60, 24 * 60];
/// A letter is remembered for this long, so that nobody is told twice: longer than from the first reminder to the end.
pub const LETTER_RETENTION_SECONDS: i64 = 40 * 24 * 60 * 60;
/// Characters of what a mail server said that a log entry repeats.
pub const MAIL_SERVER_WORDS_CHARACTERS: usize = 300;
/// Characters of a sender's name.
pub const SENDER_NAME_CHARACTERS: usize = 100;
