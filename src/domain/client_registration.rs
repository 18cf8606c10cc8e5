//! Who may register applications by themselves (RFC 7591 §3), and with what.

use serde_json::{Map, Value, json};

use super::clock::Timestamp;
use super::fields::Fields;
use super::limits;
use super::problem::Problem;

/// Who may register applications at `/oidc/register`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegistrationPolicy {
    /// Nobody: the endpoint is not there.
    #[default]
    Off,
    /// Who holds an initial access token.
    InitialAccessToken,
}

/// A token that lets its holder register applications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialAccessToken {
    pub id: String,
    /// SHA-256 of the token in base64url.
    pub token_hash: String,
    /// How many applications it was made for.
    pub count: i64,
    pub remaining: i64,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What an administrator says of a new token: how many applications, and for how many seconds.
///
/// # Errors
/// All problems of the body.
pub fn read_token_terms(body: &Map<String, Value>) -> Result<(i64, i64), Vec<Problem>> {
    let mut fields = Fields::new(body, "");
    let count = fields.integer("count", 1..=limits::REGISTRATIONS_PER_TOKEN_MAX).unwrap_or(1);
    let longest = limits::INITIAL_ACCESS_TOKEN_LIFETIME_MAX_SECONDS;
    let lifetime = fields
        .integer("expires_in_seconds", limits::TOKEN_LIFETIME_MIN_SECONDS..=longest)
        .unwrap_or(limits::INITIAL_ACCESS_TOKEN_LIFETIME_SECONDS);
    let mut problems = Vec::new();
    fields.finish(&mut problems);
    if problems.is_empty() { Ok((count, lifetime)) } else { Err(problems) }
}

/// The token's JSON, without its value.
pub fn initial_access_token_json(token: &InitialAccessToken) -> Value {
    json!({
        "id": token.id,
        "count": token.count,
        "remaining": token.remaining,
        "created_at": token.created_at.iso8601(),
        "expires_at": token.expires_at.iso8601(),
    })
}
