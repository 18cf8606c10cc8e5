//! A user as the Management API shows it.

use serde_json::{Map, Value, json};

use super::connection::Connection;
use super::upstream_tokens::UpstreamTokens;
use super::user::{Identity, User};

/// An identity with the connection it is at.
#[derive(Clone, Debug)]
pub struct IdentityAt {
    pub connection: Connection,
    pub identity: Identity,
    /// Only for who may read them.
    pub tokens: Option<UpstreamTokens>,
}

/// The user's JSON (Management API, section 4.3): mapped attributes at the root, and what this service knows.
pub fn user_json(user: &User, identities: &[IdentityAt]) -> Value {
    let mut json = user.profile.clone();
    let identities: Vec<Value> = identities.iter().map(identity_json).collect();
    for (name, value) in [
        ("user_id", json!(user.user_id)),
        ("identities", json!(identities)),
        ("user_metadata", json!(user.user_metadata)),
        ("app_metadata", json!(user.app_metadata)),
        ("blocked", json!(user.is_blocked)),
        ("created_at", json!(user.created_at.iso8601())),
        ("updated_at", json!(user.updated_at.iso8601())),
        ("logins_count", json!(user.logins_count)),
    ] {
        json.insert(name.into(), value);
    }
    // Only of somebody who has signed in.
    for (name, value) in
        [("last_login", user.last_login_at.map(|at| at.iso8601())), ("last_ip", user.last_ip.clone())]
    {
        match value {
            Some(value) => json.insert(name.into(), json!(value)),
            None => json.remove(name),
        };
    }
    Value::Object(json)
}

/// `provider|user_id` is the `user_id` that the person got at the first sign-in.
fn identity_json(at: &IdentityAt) -> Value {
    let provider = at.connection.strategy.name();
    let whole = at.connection.user_id_for(&at.identity.subject);
    let user_id = whole.split_once('|').map_or(whole.as_str(), |(_, rest)| rest);
    let mut json = Map::new();
    json.insert("connection".into(), json!(at.connection.name));
    json.insert("provider".into(), json!(provider));
    json.insert("user_id".into(), json!(user_id));
    json.insert("isSocial".into(), json!(false));
    json.insert("profileData".into(), json!(at.identity.profile));
    if let Some(tokens) = &at.tokens {
        json.insert("access_token".into(), json!(tokens.access_token.reveal()));
        for (name, value) in [
            ("access_token_expires_at", tokens.expires_at.map(|at| at.iso8601())),
            ("access_token_scope", tokens.scope.clone()),
        ] {
            if let Some(value) = value {
                json.insert(name.into(), json!(value));
            }
        }
    }
    Value::Object(json)
}
