//! Claims of the tokens we sign: ID tokens (OpenID Connect Core §2) and access tokens (RFC 9068).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::scope;

/// `typ` of an ID token.
pub const ID_TOKEN_TYPE: &str = "JWT";
/// `typ` of an access token (RFC 9068 §2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// What a person's tokens say about the sign-in; times in seconds since 1970.
#[derive(Clone, Debug)]
pub struct SignInFacts<'a> {
    pub subject: &'a str,
    pub client_id: &'a str,
    pub session_id: &'a str,
    pub connection: &'a str,
    pub auth_time: i64,
    pub acr: Option<&'a str>,
    pub amr: &'a [String],
    pub nonce: Option<&'a str>,
    pub scope: &'a str,
}

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
    pub acr: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    pub connection: String,
    /// Claims by scope and `profile_claims`.
    #[serde(flatten)]
    pub profile: Map<String, Value>,
}

impl IdTokenClaims {
    pub fn new(
        issuer: &str,
        facts: &SignInFacts<'_>,
        now: i64,
        lifetime_seconds: i64,
        at_hash: Option<String>,
        profile: Map<String, Value>,
    ) -> Self {
        Self {
            iss: issuer.to_owned(),
            sub: facts.subject.to_owned(),
            aud: facts.client_id.to_owned(),
            exp: now.saturating_add(lifetime_seconds),
            iat: now,
            auth_time: facts.auth_time,
            nonce: facts.nonce.map(str::to_owned),
            sid: facts.session_id.to_owned(),
            at_hash,
            acr: facts.acr.map(str::to_owned),
            amr: facts.amr.to_vec(),
            connection: facts.connection.to_owned(),
            profile,
        }
    }
}

/// An access token (RFC 9068 §2.2).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    pub iss: String,
    pub sub: String,
    pub aud: String,
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
    /// Auth0's name of the grant, where existing scripts look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gty: Option<String>,
}

/// The attributes of `profile` that `granted` scopes and the application's `profile_claims` release.
///
/// Claims that describe the token itself are never taken from a profile.
pub fn released_claims(
    profile: &Map<String, Value>,
    granted: &str,
    profile_claims: &[String],
) -> Map<String, Value> {
    let by_scope = granted.split(' ').flat_map(|one| scope::claims_of(one).iter().copied());
    let by_client = profile_claims.iter().map(String::as_str).filter(|name| !is_token_claim(name));
    by_scope
        .chain(by_client)
        .filter_map(|name| {
            let value = profile.get(name).filter(|value| !value.is_null())?;
            Some((name.to_owned(), value.clone()))
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
            | "client_id"
            | "scope"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_granted_claims_leave_and_none_can_pose_as_a_token_claim() {
        let profile = json!({
            "name": "Ada", "email": "ada@acme.example", "email_verified": true, "department": "R&D",
            "iss": "https://evil.example/", "sub": "someone-else", "phone_number": null,
        });
        let profile = profile.as_object().unwrap();
        let names = |granted: &str, extra: &[&str]| {
            let extra: Vec<String> = extra.iter().map(|name| (*name).to_owned()).collect();
            released_claims(profile, granted, &extra).keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(names("openid", &[]), Vec::<String>::new());
        assert_eq!(names("openid email phone", &[]), ["email", "email_verified"]);
        assert_eq!(names("openid profile", &["department", "sub", "iss"]), ["department", "name"]);
    }
}
