//! Limits of guessing. Only wrong guesses count: each is a debt that is paid off with time, of whoever made it and of what
//! it was about. A guess waits while a debt is at its burst.

/// How many wrong guesses at once, and after how many milliseconds each of them is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    pub burst: u64,
    pub refill_millis: u64,
}

const fn allow(burst: u64, refill_millis: u64) -> Allowance {
    Allowance { burst, refill_millis }
}

/// Wrong passwords of one network at one account, of one network at all of them (a whole office may share one), and of one
/// browser that has signed in to the account before.
pub const PASSWORDS_PER_NETWORK_AND_ACCOUNT: Allowance = allow(10, 30_000);
pub const PASSWORDS_PER_NETWORK: Allowance = allow(50, 2_000);
pub const PASSWORDS_PER_KNOWN_BROWSER: Allowance = allow(10, 60_000);
/// Wrong passwords at one account, of all browsers and networks that have not signed in to it before together.
pub const PASSWORDS_PER_ACCOUNT: Allowance = allow(20, 10_000);
/// First guesses of networks at one account: what keeps a place for its owner somewhere new.
pub const FIRST_PASSWORDS_PER_ACCOUNT: Allowance = allow(30, 2_000);

/// Wrong secrets, assertions and registration tokens.
pub const SECRETS_PER_NETWORK_AND_CLIENT: Allowance = allow(100, 1_000);
pub const SECRETS_PER_NETWORK: Allowance = allow(200, 500);
pub const SECRETS_PER_CLIENT: Allowance = allow(200, 1_000);
pub const FIRST_SECRETS_PER_CLIENT: Allowance = allow(100, 500);

/// Wrong codes of devices.
pub const DEVICE_CODES_PER_NETWORK: Allowance = allow(10, 30_000);
/// Wrong codes of organizations.
pub const ORGANIZATION_CODES_PER_NETWORK: Allowance = allow(20, 30_000);
/// Wrong tickets: links to set-up pages, to tests, to becoming an administrator, and initial access tokens.
pub const TICKETS_PER_NETWORK: Allowance = allow(30, 10_000);
/// Tokens at the Management API and at `UserInfo` that we never signed.
pub const TOKENS_PER_NETWORK: Allowance = allow(100, 500);
/// The same, of a network that sends good ones too.
pub const TOKENS_PER_GOOD_NETWORK: Allowance = allow(500, 100);
/// Ids of used assertions and proofs that are kept for one application that has proven who it is.
pub const USED_IDS_PER_CLIENT: u64 = 20_000;
/// DPoP proofs of keys that anybody can make: each is kept for a minute and a half.
pub const PROOFS_PER_NETWORK: Allowance = allow(2_000, 20);

/// A wider network may owe this many times as much: an IPv6 customer's /48, and a provider's /32.
pub const WIDER_NETWORKS: [u64; 2] = [4, 64];
/// The next guess of a network at an account is its first again after this long.
pub const FIRST_GUESS_MILLIS: u64 = 6 * 60 * 60 * 1000;
/// Debts kept of each kind, 8 bytes each.
pub const GUESS_CELLS: usize = 1 << 17;
/// Networks kept of those from which an account was opened: so many groups of accounts, so many networks in each, 8 bytes
/// each.
pub const KNOWN_NETWORK_GROUPS: usize = 1 << 13;
pub const KNOWN_NETWORKS_PER_GROUP: usize = 16;
/// They are forgotten after this long.
pub const KNOWN_NETWORK_SECONDS: u64 = 7 * 24 * 60 * 60;

/// Accounts that one browser is known to, and for how long; the oldest beyond is forgotten.
pub const KNOWN_ACCOUNTS_PER_BROWSER: usize = 8;
pub const KNOWN_BROWSER_SECONDS: i64 = 90 * 24 * 60 * 60;
