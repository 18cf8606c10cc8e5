//! Limits of hashing passwords.

/// Passwords hashed at the same time, in this process: each takes 19 MiB and a core for 15 ms.
pub const PASSWORD_HASHES_AT_ONCE: usize = 2;
/// Passwords that are hashed or wait for it, of one network and of all: what is done within a few seconds.
pub const PASSWORD_HASHES_WAITING_PER_NETWORK: usize = 128;
pub const PASSWORD_HASHES_WAITING: usize = 256;
/// Whoever finds no place to wait may come again after this long.
pub const PASSWORD_HASH_RETRY_SECONDS: u64 = 2;
