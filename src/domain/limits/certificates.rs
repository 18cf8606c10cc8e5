//! Limits of what a provider proves its hosts with.

/// A certificate that expires sooner than this is worth a word.
pub const CERTIFICATE_EXPIRY_NOTICE_SECONDS: i64 = 30 * 24 * 60 * 60;
