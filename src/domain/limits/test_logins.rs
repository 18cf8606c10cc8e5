//! Limits of test logins: their links, their reports, and what a report holds.

/// A link to a test login, unless its maker says otherwise, and at most.
pub const TEST_LINK_LIFETIME_SECONDS: i64 = 24 * 60 * 60;
pub const TEST_LINK_LIFETIME_MAX_SECONDS: i64 = 7 * 24 * 60 * 60;
/// A report can be read for this long after its test began, then it is gone.
pub const TEST_REPORT_SECONDS: i64 = 7 * 24 * 60 * 60;
/// Tests of one connection that are kept; for one more, the oldest that has begun goes.
pub const TESTS_PER_CONNECTION: usize = 50;
/// Tests that the holder of one set-up ticket, or one administrator, may begin from the connection's pages within an hour.
pub const TESTS_PER_MAKER_AND_HOUR: usize = 20;
/// Reports that one browser may read; the oldest beyond is forgotten there.
pub const TESTS_PER_BROWSER: usize = 5;
pub const TEST_ID_CHARACTERS: usize = 16;
/// Tests whose view of their provider is kept in memory while the person is there.
pub const TESTS_AT_PROVIDERS: u64 = 500;
/// Steps noted of one way to a provider, or back.
pub const TRACED_STEPS: usize = 100;
/// Characters of one text of a claim that a report shows, and entries of a list or an object.
pub const SHOWN_CLAIM_CHARACTERS: usize = 200;
pub const SHOWN_CLAIM_ENTRIES: usize = 60;
/// Lists and objects inside each other that it shows.
pub const SHOWN_CLAIM_DEPTH: usize = 6;
/// All claims of one answer that it shows, as JSON.
pub const SHOWN_CLAIMS_BYTES: usize = 24 * 1024;
/// A text without blanks that is this long and looks random is hidden: it may open something.
pub const OPAQUE_TEXT_CHARACTERS: usize = 40;
/// What was hidden is hidden inside other texts too, if it is as long as this.
pub const HIDDEN_PART_CHARACTERS: usize = 8;
