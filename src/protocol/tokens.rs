//! Claims of the tokens we sign: ID tokens (OpenID Connect Core §2) and access tokens (RFC 9068).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::authorization_details::AuthorizationDetails;
use super::claims_request::ClaimWish;
use super::scope;

/// `typ` of an ID token.
pub const ID_TOKEN_TYPE: &str = "JWT";
/// `typ` of an access token (RFC 9068 §2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// `gty` of an access token that was exchanged for another (RFC 8693).
pub const EXCHANGED: &str = "token-exchange";
/// `typ` of an introspection answer (RFC 9701 §5).
pub const INTROSPECTION_TYPE: &str = "token-introspection+jwt";

/// An ID token (OpenID Connect Core §2).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdTokenClaims {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub exp: i64,
    pub iat: i64,
    pub auth_time: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    pub sid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c_hash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s_hash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    pub connection: String,
    /// Claims by scope and `profile_claims`.
    #[serde(flatten)]
    pub profile: Map<String, Value>,
}

/// `aud` (RFC 7519 §4.1.3): one string, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    /// Whether `audience` is among them.
    pub fn contains(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
        .iter()
        .map(String::as_str)
    }
}

impl From<String> for Audience {
    fn from(one: String) -> Self {
        Self::One(one)
    }
}

impl From<Vec<String>> for Audience {
    /// One alone is written as a string, which every reader understands.
    fn from(many: Vec<String>) -> Self {
        match <[String; 1]>::try_from(many) {
            Ok([one]) => Self::One(one),
            Err(many) => Self::Many(many),
        }
    }
}

/// An access token (RFC 9068 §2.2).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    pub iss: String,
    pub sub: String,
    pub aud: Audience,
    pub client_id: String,
    pub exp: i64,
    pub iat: i64,
    pub jti: String,
    pub scope: String,
    /// The grant of a person's token; absent for `client_credentials`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// What was granted in the words of the API (RFC 9396 §9.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<AuthorizationDetails>,
    /// Who acts for the person, after a token exchange (RFC 8693 §4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Value>,
    /// The key that whoever presents the token must hold (RFC 7800, RFC 9449 §6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Auth0's name of the grant, where existing scripts look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gty: Option<String>,
}

/// How a token is bound to a key (RFC 7800 §3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The key's thumbprint (RFC 9449 §6.1).
    pub jkt: String,
}

impl Confirmation {
    /// Binds a token to the key with this thumbprint, if there is one.
    pub fn of(key: Option<&str>) -> Option<Self> {
        key.map(|jkt| Self { jkt: jkt.to_owned() })
    }
}

/// The attributes of `profile` that `granted` scopes and the application's `profile_claims` release, and the standard
/// claims `asked` for by name (OpenID Connect Core §5.5), where they have a value that was asked for.
///
/// `updated_at`, in seconds since 1970, is our own record of the person. Claims that describe the token itself are never
/// taken from a profile.
pub fn released_claims(
    profile: &Map<String, Value>,
    updated_at: i64,
    granted: &str,
    profile_claims: &[String],
    asked: Option<&BTreeMap<String, ClaimWish>>,
) -> Map<String, Value> {
    let value_of = |name: &str| match name {
        "updated_at" => Some(Cow::Owned(updated_at.into())),
        name => profile.get(name).map(Cow::Borrowed),
    };
    let by_scope = granted.split(' ').flat_map(|one| scope::claims_of(one).iter().copied());
    let by_client = profile_claims.iter().map(String::as_str).filter(|name| !is_token_claim(name));
    let by_name = asked.into_iter().flatten().filter_map(|(name, wish)| {
        let is_wanted =
            scope::is_standard_claim(name) && value_of(name).is_some_and(|value| wish.accepts(&value));
        is_wanted.then_some(name.as_str())
    });
    by_scope
        .chain(by_client)
        .chain(by_name)
        .filter_map(|name| {
            let value = value_of(name).filter(|value| !value.is_null())?;
            Some((name.to_owned(), value.into_owned()))
        })
        .collect()
}

fn is_token_claim(name: &str) -> bool {
    matches!(
        name,
        "iss"
            | "sub"
            | "aud"
            | "exp"
            | "iat"
            | "nbf"
            | "jti"
            | "auth_time"
            | "nonce"
            | "sid"
            | "at_hash"
            | "c_hash"
            | "s_hash"
            | "acr"
            | "amr"
            | "azp"
            | "connection"
            | "org_id"
            | "cnf"
            | "act"
            | "client_id"
            | "scope"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_audience_is_a_string_alone_and_a_list_of_several() {
        let alone = Audience::from(vec!["a".to_owned()]);
        let several = Audience::from(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(json!([alone, several]), json!(["a", ["a", "b"]]));
        for (text, has_b) in [(json!("a"), false), (json!(["a"]), false), (json!(["a", "b"]), true)] {
            let audience: Audience = serde_json::from_value(text).unwrap();
            assert!(audience.contains("a") && !audience.contains(""));
            assert_eq!(audience.contains("b"), has_b);
            assert_eq!(audience.iter().count(), if has_b { 2 } else { 1 });
        }
    }

    #[test]
    fn only_granted_claims_leave_and_none_can_pose_as_a_token_claim() {
        let profile = json!({
            "name": "Ada", "email": "ada@acme.example", "email_verified": true, "department": "R&D",
            "iss": "https://evil.example/", "sub": "someone-else", "phone_number": null,
        });
        let profile = profile.as_object().unwrap();
        let names = |granted: &str, extra: &[&str]| {
            let extra: Vec<String> = extra.iter().map(|name| (*name).to_owned()).collect();
            released_claims(profile, 1_700, granted, &extra, None).keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(names("openid", &[]), Vec::<String>::new());
        assert_eq!(names("openid email phone", &[]), ["email", "email_verified"]);
        assert_eq!(
            names("openid profile", &["department", "sub", "iss"]),
            ["department", "name", "updated_at"]
        );
    }

    #[test]
    fn a_standard_claim_asked_for_by_name_is_released_and_no_other() {
        let profile = json!({
            "name": "Ada", "email": "ada@acme.example", "locale": "en", "department": "R&D", "sub": "someone-else",
        });
        let names = |asked: Value| {
            let asked = serde_json::from_value(asked).unwrap();
            let released = released_claims(profile.as_object().unwrap(), 1_700, "openid", &[], Some(&asked));
            released.keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(
            names(json!({"name": {"essential": true}, "email": {}, "nickname": {}})),
            ["email", "name"]
        );
        assert_eq!(
            names(json!({"locale": {"values": ["fr", "en"]}, "name": {"values": ["Bob"]}})),
            ["locale"]
        );
        assert_eq!(names(json!({"department": {}, "sub": {}, "iss": {}, "acr": {}})), Vec::<String>::new());
    }
}
