//! Sessions and refresh tokens as the Management API shows them, in Auth0's shape.

use serde_json::{Value, json};

use super::clock::Timestamp;
use super::grant::Grant;
use super::limits;
use super::refresh_token::RefreshToken;
use super::session::Session;

/// A session, with the applications that took part in it.
pub fn session_json(session: &Session, client_ids: &[String]) -> Value {
    let idle_ends = session.last_active_at.plus_seconds(limits::SESSION_IDLE_SECONDS);
    let clients: Vec<Value> = client_ids.iter().map(|client_id| json!({"client_id": client_id})).collect();
    let methods: Vec<Value> = session.amr.iter().map(|name| json!({"name": name})).collect();
    json!({
        "id": session.id,
        "user_id": session.user_id,
        "connection_id": session.connection_id,
        "created_at": session.created_at.iso8601(),
        "updated_at": session.last_active_at.iso8601(),
        "last_interacted_at": session.last_active_at.iso8601(),
        "authenticated_at": session.auth_time.iso8601(),
        "idle_expires_at": idle_ends.min(session.expires_at).iso8601(),
        "expires_at": session.expires_at.iso8601(),
        "authentication": {"methods": methods},
        "clients": clients,
    })
}

/// The refresh token of `grant`, whose newest one is `newest`; its id stays when it is exchanged.
pub fn refresh_token_json(grant: &Grant, newest: &RefreshToken, is_rotating: bool) -> Value {
    let used_at = newest.used_at.or((newest.generation > 0).then_some(newest.created_at));
    json!({
        "id": grant.id,
        "user_id": grant.user_id,
        "client_id": grant.client_id,
        "session_id": grant.session_id,
        "rotating": is_rotating,
        "created_at": grant.code_used_at.unwrap_or(grant.created_at).iso8601(),
        "idle_expires_at": end(newest.expires_at),
        "expires_at": end(newest.family_expires_at),
        "last_exchanged_at": used_at.map(Timestamp::iso8601),
        "resource_servers": [{"audience": grant.audience, "scopes": grant.scope}],
    })
}

/// `None` for what has no end.
fn end(at: Timestamp) -> Option<String> {
    (at.seconds() < limits::NEVER_SECONDS).then(|| at.iso8601())
}
