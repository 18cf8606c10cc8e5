//! A session: a signed-in browser.

use super::clock::Timestamp;
use super::limits;

/// The session at a provider behind one of ours, as its ID token named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderSession {
    pub issuer: String,
    /// `sid` (OpenID Connect Back-Channel Logout §2.1): unique at that issuer.
    pub sid: String,
}

/// A signed-in browser. Its cookie holds a random token; the database holds the token's hash.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// `sid` in tokens; useless without the cookie.
    pub id: String,
    pub token_hash: String,
    pub user_id: String,
    pub connection_id: String,
    /// When the person proved who they are, at the provider where it said so.
    pub auth_time: Timestamp,
    pub acr: Option<String>,
    pub amr: Vec<String>,
    /// By which the provider may end this session; not every provider names its own.
    pub provider_session: Option<ProviderSession>,
    pub created_at: Timestamp,
    pub last_active_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Session {
    /// Whether neither the idle nor the absolute lifetime has passed.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now < self.expires_at && now < self.last_active_at.plus_seconds(limits::SESSION_IDLE_SECONDS)
    }

    /// Whether the activity is old enough to be written down again.
    pub fn wants_touch(&self, now: Timestamp) -> bool {
        now >= self.last_active_at.plus_seconds(limits::SESSION_TOUCH_SECONDS)
    }
}
