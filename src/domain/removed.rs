//! What is remembered of connections and users that were removed.
//!
//! A user id holds the name of its connection (`oidc|acme|alice`), and applications know people by it for good. So it is
//! never given to another person (OpenID Connect Core §2, `sub`), however often connections and users come and go.

use super::clock::Timestamp;
use super::connection::{Connection, Strategy};
use super::discovery_address::without_slash;

/// Whose the name of a removed connection was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedConnection {
    pub id: String,
    pub name: String,
    pub strategy: Strategy,
    /// As [`super::connection::OidcOptions::issuer_meant`]; `None` for classic accounts.
    pub issuer: Option<String>,
    pub client_id: String,
    pub user_id_attribute: String,
    pub removed_at: Timestamp,
}

impl RemovedConnection {
    pub fn of(connection: &Connection, now: Timestamp) -> Self {
        let options = &connection.options;
        Self {
            id: connection.id.clone(),
            name: connection.name.clone(),
            strategy: connection.strategy,
            issuer: match connection.strategy {
                Strategy::Oidc => options.issuer_meant(),
                Strategy::Local => None,
            },
            client_id: options.client_id.clone(),
            user_id_attribute: options.user_id_attribute.clone(),
            removed_at: now,
        }
    }

    /// Why `connection` cannot have this name: its people would get the user ids of others. `None`: they are the same
    /// people.
    pub fn refusal_of(&self, connection: &Connection) -> Option<String> {
        let wanted = Self::of(connection, self.removed_at);
        let issuer = |of: &Self| of.issuer.as_deref().map(|issuer| without_slash(issuer).to_owned());
        let differing = [
            ("strategy", self.strategy != wanted.strategy),
            ("options.issuer (or discovery_url)", issuer(self) != issuer(&wanted)),
            ("options.client_id", self.client_id != wanted.client_id),
            ("options.user_id_attribute", self.user_id_attribute != wanted.user_id_attribute),
        ];
        let differing: Vec<&str> =
            differing.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect();
        if differing.is_empty() {
            return None;
        }
        let whose = match (self.strategy, &self.issuer) {
            (Strategy::Oidc, Some(issuer)) => format!(
                "{issuer} with the client_id {} and the user_id_attribute {}",
                self.client_id, self.user_id_attribute
            ),
            (Strategy::Oidc | Strategy::Local, _) => "classic accounts".to_owned(),
        };
        Some(format!(
            "The name {:?} belonged to a connection that was removed on {}, to {whose}. User ids hold the name, and those of \
             its people are never given to others: choose another name, or send the same provider again (what differs: {})",
            self.name,
            self.removed_at.iso8601(),
            differing.join(", ")
        ))
    }

    /// Names are compared without regard to case here: so are user ids in many a database of applications.
    pub fn normalized_name(name: &str) -> String {
        name.to_ascii_lowercase()
    }
}

/// Whose the id of a removed user was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedUser {
    pub user_id: String,
    pub issuer: String,
    pub subject: String,
}

impl RemovedUser {
    /// Whether it was the person whom `issuer` calls `subject`.
    pub fn was(&self, issuer: &str, subject: &str) -> bool {
        self.issuer == issuer && self.subject == subject
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::connection::new_connection;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn connection(options: &Value) -> Connection {
        let body = json!({"name": "acme", "strategy": "oidc", "options": options});
        new_connection(body.as_object().unwrap(), "con_1", false, NOW).unwrap()
    }

    #[test]
    fn a_name_is_free_for_the_same_provider_alone() {
        let was = |options: Value| RemovedConnection::of(&connection(&options), NOW);
        let by_url =
            json!({"discovery_url": "https://idp.example/t", "client_id": "x", "client_secret": "s"});
        for same in [
            json!({"discovery_url": "https://idp.example/t/", "client_id": "x", "client_secret": "other"}),
            json!({"discovery_url": "https://idp.example/t/.well-known/openid-configuration", "client_id": "x"}),
            json!({"issuer": "https://idp.example/t", "client_id": "x"}),
            json!({"issuer": "https://idp.example/t", "discovery_url": "https://m.example", "client_id": "x"}),
        ] {
            assert_eq!(was(by_url.clone()).refusal_of(&connection(&same)), None, "{same}");
        }
        for (other, what) in [
            (json!({"discovery_url": "https://idp.example/u", "client_id": "x"}), "options.issuer"),
            (json!({"discovery_url": "https://idp.example/t?p=2", "client_id": "y"}), "options.client_id"),
            (
                json!({"discovery_url": "https://idp.example/t", "issuer": "https://o.example", "client_id": "x"}),
                "options.issuer",
            ),
            (
                json!({"discovery_url": "https://idp.example/t", "client_id": "x", "user_id_attribute": "oid"}),
                "options.user_id_attribute",
            ),
        ] {
            let refusal = was(by_url.clone()).refusal_of(&connection(&other)).unwrap();
            assert!(refusal.contains(&format!("what differs: {what}")), "{refusal}");
            assert!(refusal.contains("https://idp.example/t") && refusal.contains("choose another name"));
        }
        let local = json!({"name": "acme", "strategy": "local"});
        let local = new_connection(local.as_object().unwrap(), "con_2", false, NOW).unwrap();
        assert!(was(by_url.clone()).refusal_of(&local).is_some());
        assert!(RemovedConnection::of(&local, NOW).refusal_of(&connection(&by_url)).is_some());
        assert_eq!(RemovedConnection::of(&local, NOW).refusal_of(&local), None);
    }
}
