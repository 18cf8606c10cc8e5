//! Claims of a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// `typ` of a logout token.
pub const LOGOUT_TOKEN_TYPE: &str = "logout+jwt";
/// The one member of `events` that makes a token a logout token.
pub const BACK_CHANNEL_LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A logout token; times in seconds since 1970. There is no `nonce`, so that it cannot pass as an ID token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LogoutTokenClaims {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub iat: i64,
    pub exp: i64,
    pub jti: String,
    pub events: Value,
    pub sid: String,
}

impl LogoutTokenClaims {
    /// The token that tells application `client_id` that session `sid` of `subject` has ended.
    pub fn new(
        issuer: &str,
        client_id: &str,
        subject: String,
        sid: &str,
        token_id: String,
        now: i64,
        lifetime_seconds: i64,
    ) -> Self {
        Self {
            iss: issuer.to_owned(),
            sub: subject,
            aud: client_id.to_owned(),
            iat: now,
            exp: now.saturating_add(lifetime_seconds),
            jti: token_id,
            events: json!({ BACK_CHANNEL_LOGOUT_EVENT: {} }),
            sid: sid.to_owned(),
        }
    }
}
