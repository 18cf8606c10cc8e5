//! A ticket to the page that says what the provider of a connection has to be told. It shows that page and nothing
//! else, for a time, until it is taken back.

use serde_json::{Map, Value, json};

use super::clock::Timestamp;
use super::fields::Fields;
use super::limits;
use super::problem::Problem;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupTicket {
    /// `tic_` and 16 letters or digits.
    pub id: String,
    pub connection_id: String,
    /// SHA-256 of the token in base64url.
    pub token_hash: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// For how many seconds a new ticket is good, as an administrator says.
///
/// # Errors
/// All problems of the body.
pub fn read_ticket_lifetime(body: &Map<String, Value>) -> Result<i64, Vec<Problem>> {
    let mut fields = Fields::new(body, "");
    let range = limits::TOKEN_LIFETIME_MIN_SECONDS..=limits::SETUP_TICKET_LIFETIME_MAX_SECONDS;
    let lifetime = fields.integer("ttl_sec", range).unwrap_or(limits::SETUP_TICKET_LIFETIME_SECONDS);
    let mut problems = Vec::new();
    fields.finish(&mut problems);
    if problems.is_empty() { Ok(lifetime) } else { Err(problems) }
}

/// The ticket's JSON, without its address.
pub fn setup_ticket_json(ticket: &SetupTicket) -> Value {
    json!({
        "id": ticket.id,
        "created_at": ticket.created_at.iso8601(),
        "expires_at": ticket.expires_at.iso8601(),
    })
}
