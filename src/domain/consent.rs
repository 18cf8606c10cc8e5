//! A consent: what a person let an application have, until they or an administrator take it back.

use serde_json::{Value, json};

use super::clock::Timestamp;
use crate::protocol::scope;

/// What a person let an application have, for one API or (without an audience) for their profile alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    pub id: String,
    pub user_id: String,
    pub client_id: String,
    /// The API's identifier.
    pub audience: Option<String>,
    /// Space separated.
    pub scope: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// `before` and `added` together, each scope once, in their order.
pub fn together(before: &str, added: &str) -> String {
    let mut all: Vec<&str> = Vec::new();
    for one in before.split(' ').chain(added.split(' ')).filter(|one| !one.is_empty()) {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all.join(" ")
}

/// The scopes of `asked` that `given` does not cover.
pub fn still_to_ask<'a>(given: &str, asked: &'a str) -> Vec<&'a str> {
    asked.split(' ').filter(|one| !one.is_empty() && !scope::contains(given, one)).collect()
}

/// A consent as the Management API shows it: Auth0's "grant", its `clientID` spelled as there.
pub fn consent_json(consent: &Consent) -> Value {
    let scope: Vec<&str> = consent.scope.split(' ').filter(|one| !one.is_empty()).collect();
    json!({
        "id": consent.id,
        "clientID": consent.client_id,
        "user_id": consent.user_id,
        "audience": consent.audience.as_deref().unwrap_or_default(),
        "scope": scope,
        "created_at": consent.created_at.iso8601(),
        "updated_at": consent.updated_at.iso8601(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_asked_and_what_was_given_stays() {
        assert_eq!(still_to_ask("openid email", "openid profile email"), ["profile"]);
        assert!(still_to_ask("openid", "").is_empty());
        assert_eq!(together("openid email", "profile openid"), "openid email profile");
        assert_eq!(together("", "openid"), "openid");
    }
}
