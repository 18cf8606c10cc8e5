//! A client's assertion about itself (RFC 7521 §4.2, RFC 7523 §3, OpenID Connect Core §9): read, and its claims
//! checked. Whether the signature is the client's is decided elsewhere.

use serde_json::{Map, Value};

use crate::crypto::jws::{Jws, JwsError};

/// The one `client_assertion_type`.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Types of the header that an assertion may carry; others belong to other kinds of tokens (RFC 8725 §3.11).
const TOKEN_TYPES: [&str; 2] = ["JWT", "client-authentication+jwt"];

/// What is wrong with an assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionFault {
    #[error("the client assertion cannot be read: {0}")]
    Unreadable(#[from] JwsError),
    #[error("the client assertion's payload is not a JSON object")]
    NoClaims,
    #[error("the client assertion's typ is that of another kind of token")]
    Type,
    #[error("the client assertion's iss and sub must both be the client_id")]
    Issuer,
    #[error("the client assertion's aud must be the issuer or the address of this endpoint")]
    Audience,
    #[error("the client assertion's aud must be the issuer, as a single text")]
    StrictAudience,
    #[error("the client assertion needs a whole number of seconds as exp")]
    Expiry,
    #[error("the client assertion has expired")]
    Expired,
    #[error("the client assertion expires too far in the future")]
    TooLong,
    #[error("the client assertion's nbf and iat must be whole numbers of seconds")]
    Times,
    #[error("the client assertion is from the future: the sender's clock is ahead")]
    Future,
    #[error("the client assertion needs a text as jti, of at most 255 characters")]
    Id,
}

/// What an assertion must say.
#[derive(Clone, Copy, Debug)]
pub struct AssertionRules<'a> {
    pub client_id: &'a str,
    pub issuer: &'a str,
    /// Accepted as `aud` beside the issuer.
    pub endpoints: &'a [String],
    /// FAPI 2.0 Security Profile §5.3.2.1: the issuer as a single text, and nothing else.
    pub is_audience_strict: bool,
    /// Seconds since 1970.
    pub now: i64,
    /// How far ahead it may expire, in seconds.
    pub longest: i64,
    /// How far ahead the sender's clock may be, in seconds.
    pub clock_ahead: i64,
    /// Characters of `jti`.
    pub id_characters: usize,
}

/// By what an assertion is told from every other one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionId {
    pub jti: String,
    /// Seconds since 1970.
    pub expires_at: i64,
}

/// A readable, **unverified** assertion.
#[derive(Debug)]
pub struct ClientAssertion<'a> {
    pub jws: Jws<'a>,
    claims: Map<String, Value>,
}

impl<'a> ClientAssertion<'a> {
    /// Reads a signed assertion; an encrypted one is refused.
    ///
    /// # Errors
    /// [`AssertionFault`].
    pub fn read(text: &'a str) -> Result<Self, AssertionFault> {
        let jws = Jws::parse(text)?;
        let is_foreign = |found: &String| !TOKEN_TYPES.iter().any(|known| known.eq_ignore_ascii_case(found));
        if jws.token_type.as_ref().is_some_and(is_foreign) {
            return Err(AssertionFault::Type);
        }
        let claims = serde_json::from_slice(&jws.payload).map_err(|_| AssertionFault::NoClaims)?;
        Ok(Self { jws, claims })
    }

    /// The client it claims to be of.
    pub fn claimed_client(&self) -> Option<&str> {
        self.claims.get("sub").and_then(Value::as_str)
    }

    /// Checks every claim; a claim of another type than the specification's is as good as a wrong one.
    ///
    /// # Errors
    /// [`AssertionFault`].
    pub fn check(&self, rules: &AssertionRules<'_>) -> Result<AssertionId, AssertionFault> {
        let is_client = |name: &str| self.claims.get(name).and_then(Value::as_str) == Some(rules.client_id);
        if !is_client("iss") || !is_client("sub") {
            return Err(AssertionFault::Issuer);
        }
        self.check_audience(rules)?;
        let expires_at = self.claims.get("exp").and_then(Value::as_i64).ok_or(AssertionFault::Expiry)?;
        if expires_at <= rules.now {
            return Err(AssertionFault::Expired);
        }
        if expires_at.saturating_sub(rules.now) > rules.longest {
            return Err(AssertionFault::TooLong);
        }
        for name in ["nbf", "iat"] {
            let Some(value) = self.claims.get(name) else { continue };
            let time = value.as_i64().ok_or(AssertionFault::Times)?;
            if time.saturating_sub(rules.now) > rules.clock_ahead {
                return Err(AssertionFault::Future);
            }
        }
        let jti = self.claims.get("jti").and_then(Value::as_str).ok_or(AssertionFault::Id)?;
        if jti.is_empty() || jti.chars().count() > rules.id_characters {
            return Err(AssertionFault::Id);
        }
        Ok(AssertionId { jti: jti.to_owned(), expires_at })
    }

    fn check_audience(&self, rules: &AssertionRules<'_>) -> Result<(), AssertionFault> {
        let audience = self.claims.get("aud");
        if rules.is_audience_strict {
            let is_issuer = audience.and_then(Value::as_str) == Some(rules.issuer);
            return if is_issuer { Ok(()) } else { Err(AssertionFault::StrictAudience) };
        }
        let is_ours = |value: &Value| {
            value
                .as_str()
                .is_some_and(|text| text == rules.issuer || rules.endpoints.iter().any(|url| url == text))
        };
        let holds = match audience {
            Some(Value::Array(list)) => list.iter().all(Value::is_string) && list.iter().any(is_ours),
            Some(value) => is_ours(value),
            None => false,
        };
        if holds { Ok(()) } else { Err(AssertionFault::Audience) }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;
    const ISSUER: &str = "https://hub.example/";

    fn assertion(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.AA", part(header), part(claims))
    }

    fn checked(claims: &Value, is_strict: bool) -> Result<AssertionId, AssertionFault> {
        let endpoints = [format!("{ISSUER}oauth/token")];
        let rules = AssertionRules {
            client_id: "app",
            issuer: ISSUER,
            endpoints: &endpoints,
            is_audience_strict: is_strict,
            now: NOW,
            longest: 3600,
            clock_ahead: 60,
            id_characters: 255,
        };
        ClientAssertion::read(&assertion(&json!({"alg": "RS256"}), claims))?.check(&rules)
    }

    fn good() -> Value {
        json!({"iss": "app", "sub": "app", "aud": ISSUER, "exp": NOW + 60, "jti": "1"})
    }

    #[test]
    fn every_claim_is_checked_and_its_type_too() {
        assert_eq!(checked(&good(), false), Ok(AssertionId { jti: "1".into(), expires_at: NOW + 60 }));
        let token = format!("{ISSUER}oauth/token");
        for (name, values, fault) in [
            ("iss", vec![json!("other"), json!(null), json!(["app"])], AssertionFault::Issuer),
            ("sub", vec![json!("other"), json!(null), json!(5)], AssertionFault::Issuer),
            (
                "aud",
                vec![
                    json!("https://hub.example"),
                    json!("https://other.example/"),
                    json!([]),
                    json!([ISSUER, 5]),
                    json!({"0": ISSUER}),
                    json!(null),
                ],
                AssertionFault::Audience,
            ),
            (
                "exp",
                vec![
                    json!(null),
                    json!("9999999999"),
                    json!([NOW + 60]),
                    json!(1_800_000_060.5),
                    json!(1e300),
                    json!(u64::MAX),
                ],
                AssertionFault::Expiry,
            ),
            ("exp", vec![json!(NOW), json!(NOW - 300), json!(-1), json!(i64::MIN)], AssertionFault::Expired),
            ("exp", vec![json!(NOW + 3601), json!(i64::MAX)], AssertionFault::TooLong),
            ("nbf", vec![json!("1"), json!(1.5), json!(null), json!([1])], AssertionFault::Times),
            ("iat", vec![json!("1"), json!(true)], AssertionFault::Times),
            ("nbf", vec![json!(NOW + 61), json!(i64::MAX)], AssertionFault::Future),
            ("iat", vec![json!(NOW + 61)], AssertionFault::Future),
            ("jti", vec![json!(null), json!(""), json!(7), json!("x".repeat(256))], AssertionFault::Id),
        ] {
            for value in values {
                let mut claims = good();
                claims[name] = value.clone();
                assert_eq!(checked(&claims, false), Err(fault), "{name} = {value}");
            }
        }
        for (name, value) in [
            ("aud", json!(token)),
            ("aud", json!(["https://other.example/", token])),
            ("exp", json!(NOW + 3600)),
            ("nbf", json!(NOW + 8)),
            ("nbf", json!(NOW + 60)),
            ("iat", json!(NOW - 100_000)),
            ("unknown", json!({})),
        ] {
            let mut claims = good();
            claims[name] = value.clone();
            assert!(checked(&claims, false).is_ok(), "{name} = {value}");
        }
    }

    #[test]
    fn a_strict_audience_is_the_issuer_as_one_text() {
        assert!(checked(&good(), true).is_ok());
        for audience in [json!([ISSUER]), json!(format!("{ISSUER}oauth/token")), json!(null)] {
            let mut claims = good();
            claims["aud"] = audience.clone();
            assert_eq!(checked(&claims, true), Err(AssertionFault::StrictAudience), "{audience}");
        }
    }

    #[test]
    fn other_kinds_of_tokens_are_no_assertions() {
        for (typ, is_read) in [
            (json!("JWT"), true),
            (json!("jwt"), true),
            (json!("client-authentication+jwt"), true),
            (json!("at+jwt"), false),
            (json!("logout+jwt"), false),
            (json!("dpop+jwt"), false),
            (json!("oauth-authz-req+jwt"), false),
        ] {
            let text = assertion(&json!({"alg": "RS256", "typ": typ}), &good());
            assert_eq!(ClientAssertion::read(&text).is_ok(), is_read, "{typ}");
        }
        assert!(ClientAssertion::read("a.b.c.d.e").is_err(), "encrypted");
        assert!(ClientAssertion::read(&assertion(&json!({"alg": "RS256"}), &json!([]))).is_err());
    }
}
