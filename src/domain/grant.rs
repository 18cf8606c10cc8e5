//! A grant: what a person let one application have, the authorization code that fetches it, and the family of
//! its refresh tokens.

use super::clock::Timestamp;
use crate::protocol::authorization_details::AuthorizationDetails;
use crate::protocol::claims_request::ClaimsRequest;

/// One authorization and its code. The code itself is stored hashed; a grant made without a code holds the hash of
/// a random value nobody was given, expired at once.
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
    /// `offline_access` was granted: the grant outlives the session's expiry, though not its explicit end.
    pub is_offline: bool,
    /// The `claims` request (OpenID Connect Core §5.5).
    pub claims: Option<ClaimsRequest>,
    /// What was granted of `authorization_details` (RFC 9396).
    pub authorization_details: Option<AuthorizationDetails>,
    /// Thumbprint of the key that every token of this grant is bound to (RFC 9449).
    pub dpop_jkt: Option<String>,
    /// Hash of the secret that all refresh tokens of this grant begin with; `None` while there is none.
    pub refresh_family_hash: Option<String>,
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

/// A grant of `oidc|acme|1` to `app`, made and exchanged `now`, good for a while.
#[cfg(test)]
pub fn sample(now: Timestamp) -> Grant {
    Grant {
        id: "g".into(),
        code_hash: "h".into(),
        client_id: "app".into(),
        user_id: "oidc|acme|1".into(),
        session_id: "s".into(),
        connection_id: "con_1".into(),
        redirect_uri: "https://app.example/cb".into(),
        scope: "openid".into(),
        audience: None,
        nonce: None,
        code_challenge: None,
        auth_time: now,
        acr: None,
        amr: Vec::new(),
        created_at: now,
        code_expires_at: now.plus_seconds(60),
        code_used_at: Some(now),
        revoked_at: None,
        expires_at: now.plus_seconds(100),
        is_offline: false,
        claims: None,
        authorization_details: None,
        dpop_jkt: None,
        refresh_family_hash: None,
    }
}
