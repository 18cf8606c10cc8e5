//! Limits of requests to other servers.

/// Exchanges with one provider at the same time, for each connection.
pub const EXCHANGES_PER_PROVIDER: usize = 100;
