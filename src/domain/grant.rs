//! A grant: what a person let one application have, and the authorization code that fetches it.

use super::clock::Timestamp;

/// One authorization and its code. The code itself is stored hashed.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    pub id: String,
    pub code_hash: String,
    pub client_id: String,
    pub user_id: String,
    pub session_id: String,
    pub connection_id: String,
    pub redirect_uri: String,
    /// Space separated.
    pub scope: String,
    pub audience: Option<String>,
    pub nonce: Option<String>,
    /// S256 challenge (RFC 7636).
    pub code_challenge: Option<String>,
    pub auth_time: Timestamp,
    pub acr: Option<String>,
    pub amr: Vec<String>,
    pub created_at: Timestamp,
    pub code_expires_at: Timestamp,
    /// When the code was exchanged.
    pub code_used_at: Option<Timestamp>,
    /// Set by a replay of the code, or when the session ends: tokens of this grant are dead.
    pub revoked_at: Option<Timestamp>,
    /// When nothing of this grant is valid any more and the row may go.
    pub expires_at: Timestamp,
}

/// What taking a code found; the taking itself is one statement.
#[derive(Clone, Debug, PartialEq)]
pub enum TakenCode {
    /// First use.
    Fresh(Box<Grant>),
    /// The code was used before; the grant is now revoked.
    Replayed(Box<Grant>),
    Unknown,
}
