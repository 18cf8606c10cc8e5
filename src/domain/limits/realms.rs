//! Limits of what leads to a connection, of what it has to prove, and of the tickets to its set-up.

/// A domain that can be claimed: the label of its record has to fit before it.
pub const CLAIMED_DOMAIN_BYTES: usize = 230;
/// Characters of a claim's id and of its token.
pub const DOMAIN_CLAIM_ID_CHARACTERS: usize = 16;
pub const DOMAIN_TOKEN_CHARACTERS: usize = 32;
/// A verified domain is looked at again after this long, and after the shorter time while its proof is not found.
pub const DOMAIN_RECHECK_SECONDS: i64 = 24 * 60 * 60;
pub const DOMAIN_RETRY_SECONDS: i64 = 60 * 60;
/// A proof that stays away for this long ends what the domain gave.
pub const DOMAIN_GRACE_SECONDS: i64 = 3 * 24 * 60 * 60;
/// How often a node looks for verified domains that are due, and how many it takes at a time, for how long.
pub const DOMAIN_CHECK_SECONDS: u64 = 60;
pub const DOMAINS_CHECKED_AT_ONCE: i64 = 50;
pub const DOMAIN_CHECK_LEASE_SECONDS: i64 = 10 * 60;
/// One question to a DNS server, in seconds, and how often it is asked.
pub const DNS_SECONDS: u64 = 3;
pub const DNS_ATTEMPTS: usize = 2;
/// A ticket to a connection's set-up page, unless the administrator says otherwise.
pub const SETUP_TICKET_LIFETIME_SECONDS: i64 = 5 * 24 * 60 * 60;
pub const SETUP_TICKET_LIFETIME_MAX_SECONDS: i64 = 30 * 24 * 60 * 60;
pub const SETUP_TICKET_ID_CHARACTERS: usize = 16;
/// Tickets of one connection that are good at the same time.
pub const SETUP_TICKETS_PER_CONNECTION: usize = 50;
/// E-mail addresses that lead to one connection whatever their domain says.
pub const ADDRESSES_PER_CONNECTION: usize = 1_000;
/// Characters of an organization's code.
pub const ORGANIZATION_CODE_MIN_CHARACTERS: usize = 2;
pub const ORGANIZATION_CODE_CHARACTERS: usize = 64;
/// Domains, addresses and codes kept in memory, about 120 bytes each; beyond, the database is asked.
pub const INDEXED_REALMS: usize = 500_000;
/// Of them, read at a time.
pub const REALMS_PER_READ: i64 = 5_000;
/// A browser remembers through which connection its person signed in for this long.
pub const REMEMBERED_CHOICE_SECONDS: i64 = 90 * 24 * 60 * 60;
