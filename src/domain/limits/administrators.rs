//! Limits of administrators, and of the hub's own applications.

/// A link that makes somebody an administrator.
pub const ADMINISTRATOR_TICKET_SECONDS: i64 = 24 * 60 * 60;
/// An access token of an administrator in a terminal; every call asks again who stands behind it.
pub const TERMINAL_TOKEN_SECONDS: i64 = 60 * 60;
/// A terminal refreshes its access token when it ends sooner than this.
pub const TERMINAL_TOKEN_MARGIN_SECONDS: i64 = 60;
/// How often a command looks, and after how many milliseconds each time, whether another has finished with what is kept of
/// sign-ins: longer than a refresh may take.
pub const TERMINAL_LOCK_LOOKS: u32 = 700;
pub const TERMINAL_LOCK_LOOK_MILLIS: u64 = 100;
/// An administrator in a terminal signs in again after this long, and after this long without a command.
pub const TERMINAL_SIGN_IN_SECONDS: i64 = 30 * 24 * 60 * 60;
pub const TERMINAL_IDLE_SECONDS: i64 = 7 * 24 * 60 * 60;
/// A terminal that was interrupted before it kept the next refresh token may use the last one again for this long.
pub const TERMINAL_LEEWAY_SECONDS: i64 = 60;
