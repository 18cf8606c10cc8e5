//! A user, our person; and an identity, that person at one connection.

use serde_json::{Map, Value};

use super::clock::Timestamp;

/// Our person.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// `oidc|connection|subject` or `local|id`.
    pub user_id: String,
    /// Root attributes: `email`, `email_verified`, `name`, … and whatever was mapped.
    pub profile: Map<String, Value>,
    pub user_metadata: Map<String, Value>,
    pub app_metadata: Map<String, Value>,
    pub is_blocked: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub last_login_at: Option<Timestamp>,
    pub last_ip: Option<String>,
    pub logins_count: i64,
    pub version: i64,
}

impl User {
    pub fn text(&self, attribute: &str) -> Option<&str> {
        self.profile.get(attribute).and_then(Value::as_str)
    }

    pub fn email(&self) -> Option<&str> {
        self.text("email")
    }

    /// What to call the person on a page: name, else e-mail, else the id.
    pub fn display_name(&self) -> &str {
        self.text("name").or_else(|| self.email()).unwrap_or(&self.user_id)
    }
}

/// A person at one connection. The key is connection, issuer and subject; e-mail is never a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    pub connection_id: String,
    pub issuer: String,
    pub subject: String,
    pub user_id: String,
    /// What the provider said at the last login, reserved names dropped.
    pub profile: Map<String, Value>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A classic account: an e-mail address with a password.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalAccount {
    /// The `sub` of this account at its connection.
    pub id: String,
    pub connection_id: String,
    /// Lower case; unique within the connection.
    pub email: String,
    /// PHC string.
    pub password_hash: String,
    /// What this account asserts about its person.
    pub profile: Map<String, Value>,
    pub created_at: Timestamp,
}
