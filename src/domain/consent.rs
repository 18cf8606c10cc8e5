//! A consent: what a person let an application have, until they or an administrator take it back.

use serde_json::{Value, json};

use super::client::Client;
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

/// The scopes of `requested` that a person is asked for without the application's asking to: all by a third-party
/// application, those of the API by a first-party one.
pub fn asked_of_person(client: &Client, requested: &str) -> String {
    let asked =
        requested.split(' ').filter(|one| !client.settings.is_first_party || !scope::is_reserved(one));
    asked.collect::<Vec<_>>().join(" ")
}

/// The scopes of `asked`, for the API `audience`, that what was `given` does not cover. A part of the profile that
/// was given once needs no further consent with another API; what an API opens, and for how long, does.
pub fn still_to_ask<'a>(given: &[Consent], audience: Option<&str>, asked: &'a str) -> Vec<&'a str> {
    let covers = |consent: &Consent, one: &str| {
        let is_of_profile = scope::is_reserved(one) && one != scope::OFFLINE_ACCESS;
        (is_of_profile || consent.audience.as_deref() == audience) && scope::contains(&consent.scope, one)
    };
    asked
        .split(' ')
        .filter(|one| !one.is_empty() && !given.iter().any(|consent| covers(consent, one)))
        .collect()
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

    fn given(audience: Option<&str>, scope: &str) -> Consent {
        Consent {
            id: "gnt_1".into(),
            user_id: "user".into(),
            client_id: "app".into(),
            audience: audience.map(str::to_owned),
            scope: scope.into(),
            created_at: Timestamp::from_seconds(0),
            updated_at: Timestamp::from_seconds(0),
        }
    }

    #[test]
    fn only_what_is_new_is_asked() {
        let given =
            [given(None, "openid email offline_access"), given(Some("urn:orders"), "openid profile read")];
        for (audience, asked, expected) in [
            (None, "openid profile email", vec![]),
            (None, "", vec![]),
            (None, "openid phone offline_access", vec!["phone"]),
            (Some("urn:orders"), "openid email read write", vec!["write"]),
            (Some("urn:orders"), "openid offline_access", vec!["offline_access"]),
            (Some("urn:other"), "openid profile read", vec!["read"]),
        ] {
            assert_eq!(still_to_ask(&given, audience, asked), expected, "{audience:?} {asked}");
        }
        assert_eq!(still_to_ask(&[], None, "openid"), ["openid"]);
    }

    #[test]
    fn what_was_given_stays() {
        assert_eq!(together("openid email", "profile openid"), "openid email profile");
        assert_eq!(together("", "openid"), "openid");
    }

    #[test]
    fn a_first_party_application_asks_people_for_the_scopes_of_apis_alone() {
        for (is_first_party, expected) in [(true, "read write"), (false, "openid email read write")] {
            let body = json!({"name": "App", "is_first_party": is_first_party});
            let now = Timestamp::from_seconds(0);
            let client = crate::domain::client::new_client(body.as_object().unwrap(), "app", now).unwrap();
            assert_eq!(asked_of_person(&client, "openid email read write"), expected);
        }
    }
}
