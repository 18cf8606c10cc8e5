//! A request object: authorization parameters in a signed JWT (RFC 9101, OpenID Connect Core §6). Its signature is
//! the caller's question; here is what its claims mean.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;

/// `typ` of a request object (RFC 9101 §4); most clients leave it out.
const TYPES: [&str; 3] = ["jwt", "oauth-authz-req+jwt", "application/oauth-authz-req+jwt"];
/// Claims that are about the JWT itself, not parameters.
const JWT_CLAIMS: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// What a request object is held to.
#[derive(Clone, Copy, Debug)]
pub struct ObjectRules<'a> {
    pub client_id: &'a str,
    pub issuer: &'a str,
    /// Seconds since 1970.
    pub now: i64,
    /// `nbf` may be this many seconds ahead: clocks differ.
    pub leeway_seconds: i64,
    /// `Some` for a client under FAPI: `aud`, `exp` and `nbf` are required, and neither its age nor its lifetime
    /// is longer than this many seconds (FAPI 2.0 Message Signing §5.3.1).
    pub longest_seconds: Option<i64>,
}

/// Whether a JWT with this `typ` may be a request object: a JWT made for something else is not.
pub fn is_type(token_type: Option<&str>) -> bool {
    token_type.is_none_or(|name| TYPES.contains(&name.to_ascii_lowercase().as_str()))
}

/// Checks the claims that are about the JWT itself (RFC 9101 §4, §6.3; FAPI 2.0 Message Signing §5.3.1).
///
/// # Errors
/// `invalid_request_object`, naming the claim.
pub fn check_claims(claims: &Map<String, Value>, rules: ObjectRules<'_>) -> Result<(), OAuthError> {
    let is_strict = rules.longest_seconds.is_some();
    match text(claims, "iss")? {
        Some(issuer) if issuer != rules.client_id => return Err(invalid("iss is not the client_id")),
        None if is_strict => return Err(invalid("iss is missing")),
        Some(_) | None => {}
    }
    if text(claims, "client_id")?.is_some_and(|inside| inside != rules.client_id) {
        return Err(invalid("client_id is not the one outside the request object"));
    }
    // A client assertion (RFC 7523 §3) is signed by the same key and says this; it is no request (RFC 9101 §10.8).
    if text(claims, "sub")?.is_some_and(|subject| subject == rules.client_id) {
        return Err(invalid("sub is the client_id, as in a client assertion"));
    }
    if let Some(nested) = ["request", "request_uri"].into_iter().find(|name| present(claims, name).is_some())
    {
        return Err(invalid(format!("{nested} must not stand inside a request object")));
    }
    check_audience(claims, rules.issuer, is_strict)?;
    check_times(claims, rules)
}

fn check_audience(claims: &Map<String, Value>, issuer: &str, is_required: bool) -> Result<(), OAuthError> {
    let is_ours = match present(claims, "aud") {
        None if is_required => return Err(invalid("aud is missing")),
        None => true,
        Some(Value::String(audience)) => audience == issuer,
        Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == issuer),
        Some(_) => false,
    };
    if is_ours { Ok(()) } else { Err(invalid("aud does not name this issuer")) }
}

fn check_times(claims: &Map<String, Value>, rules: ObjectRules<'_>) -> Result<(), OAuthError> {
    let (expires, begins) = (seconds(claims, "exp")?, seconds(claims, "nbf")?);
    seconds(claims, "iat")?;
    if expires.is_some_and(|expires| rules.now >= expires) {
        return Err(invalid("it has expired"));
    }
    if begins.is_some_and(|begins| begins > rules.now.saturating_add(rules.leeway_seconds)) {
        return Err(invalid("nbf is in the future"));
    }
    let Some(longest) = rules.longest_seconds else { return Ok(()) };
    let expires = expires.ok_or_else(|| invalid("exp is missing"))?;
    let begins = begins.ok_or_else(|| invalid("nbf is missing"))?;
    if rules.now.saturating_sub(begins) > longest {
        return Err(invalid(format!("nbf is more than {longest} seconds ago")));
    }
    if expires.saturating_sub(begins) > longest {
        return Err(invalid(format!("exp is more than {longest} seconds after nbf")));
    }
    Ok(())
}

/// The parameters inside. Text stays text; numbers, lists and objects become their JSON (RFC 9101 §4).
pub fn parameters(claims: &Map<String, Value>) -> Parameters {
    let inside = claims.iter().filter(|(name, _)| !JWT_CLAIMS.contains(&name.as_str()));
    let pairs = inside.filter_map(|(name, value)| match value {
        Value::Null => None,
        Value::String(text) => Some((name.clone(), text.clone())),
        other => Some((name.clone(), other.to_string())),
    });
    Parameters::new(pairs.collect())
}

/// What is asked when `outside` carried a request object with `inside` (OpenID Connect Core §6.1: what is inside
/// wins). With `only_inside`, nothing from outside counts (RFC 9101 §6.3).
///
/// # Errors
/// `invalid_request` if the two name different response types.
pub fn merge(outside: &Parameters, inside: Parameters, only_inside: bool) -> Result<Parameters, OAuthError> {
    if let (Some(one), Some(other)) = (outside.single("response_type"), inside.single("response_type"))
        && !same_words(one, other)
    {
        return Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            "response_type is not the one inside the request object",
        ));
    }
    let mut pairs = inside.into_pairs();
    if !only_inside {
        // Either side may have thousands.
        let known: HashSet<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        let missing: Vec<(String, String)> = outside
            .iter()
            .filter(|(name, _)| !matches!(*name, "request" | "request_uri") && !known.contains(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        pairs.extend(missing);
    }
    Ok(Parameters::new(pairs))
}

/// The same words in whatever order.
fn same_words(one: &str, other: &str) -> bool {
    let sorted = |text: &str| {
        let mut words: Vec<String> = text.split_ascii_whitespace().map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    sorted(one) == sorted(other)
}

fn present<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    claims.get(name).filter(|value| !value.is_null())
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, OAuthError> {
    match present(claims, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(invalid(format!("{name} is no text"))),
    }
}

/// A NumericDate (RFC 7519 §2). One of another type is a fault, never an absent one (CVE-2026-25537).
fn seconds(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, OAuthError> {
    let Some(value) = present(claims, name) else { return Ok(None) };
    let whole = value.as_i64().or_else(|| {
        #[expect(clippy::cast_possible_truncation, reason = "casts saturate")]
        value.as_f64().filter(|float| *float >= 0.0 && *float < 1e12).map(|float| float as i64)
    });
    whole
        .filter(|seconds| *seconds >= 0)
        .map(Some)
        .ok_or_else(|| invalid(format!("{name} is no point in time")))
}

fn invalid(what: impl std::fmt::Display) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestObject, format!("the request object is not valid: {what}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_000_000;

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn outcome(value: Value, longest_seconds: Option<i64>) -> Result<(), String> {
        let rules = ObjectRules {
            client_id: "app",
            issuer: "https://hub.example/",
            now: NOW,
            leeway_seconds: 60,
            longest_seconds,
        };
        check_claims(&claims(value), rules).map_err(|error| {
            assert_eq!(error.code, ErrorCode::InvalidRequestObject);
            error.description.into()
        })
    }

    #[test]
    fn each_claim_about_the_jwt_is_checked() {
        for (value, expected) in [
            (json!({}), None),
            (json!({"iss": "app", "client_id": "app", "aud": "https://hub.example/", "jti": "1"}), None),
            (json!({"aud": ["https://other.example/", "https://hub.example/"]}), None),
            (json!({"exp": NOW + 1, "nbf": NOW + 8, "iat": NOW}), None),
            (json!({"exp": null}), None),
            (json!({"iss": "other"}), Some("iss")),
            (json!({"iss": 5}), Some("iss")),
            (json!({"client_id": "other"}), Some("client_id")),
            (json!({"sub": "app"}), Some("client assertion")),
            (json!({"sub": "somebody"}), None),
            (json!({"request": "a.b.c"}), Some("request must not")),
            (json!({"request_uri": "https://x"}), Some("request_uri must not")),
            (json!({"aud": "https://hub.example"}), Some("aud")),
            (json!({"aud": []}), Some("aud")),
            (json!({"aud": 5}), Some("aud")),
            (json!({"exp": NOW}), Some("expired")),
            (json!({"exp": "9999999999"}), Some("exp is no point in time")),
            (json!({"exp": [NOW + 1]}), Some("exp is no point in time")),
            (json!({"exp": -1}), Some("exp is no point in time")),
            (json!({"exp": 1e300}), Some("exp is no point in time")),
            (json!({"iat": "now"}), Some("iat is no point in time")),
            (json!({"nbf": NOW + 61}), Some("nbf is in the future")),
        ] {
            let outcome = outcome(value.clone(), None);
            match expected {
                None => assert_eq!(outcome, Ok(()), "{value}"),
                Some(words) => {
                    assert!(outcome.as_ref().is_err_and(|e| e.contains(words)), "{value}: {outcome:?}")
                }
            }
        }
    }

    #[test]
    fn under_fapi_more_is_required() {
        let good = json!({"iss": "app", "aud": "https://hub.example/", "nbf": NOW + 8, "exp": NOW + 3_608});
        assert_eq!(outcome(good.clone(), Some(3_600)), Ok(()));
        for name in ["iss", "aud", "nbf", "exp"] {
            let mut without = claims(good.clone());
            without.remove(name);
            assert!(outcome(Value::Object(without), Some(3_600)).is_err_and(|e| e.contains(name)), "{name}");
        }
        for (change, expected) in [
            (json!({"exp": NOW + 3_609}), "exp is more than"),
            (json!({"nbf": NOW - 3_601, "exp": NOW + 1}), "nbf is more than"),
        ] {
            let mut changed = claims(good.clone());
            changed.extend(claims(change.clone()));
            let outcome = outcome(Value::Object(changed), Some(3_600));
            assert!(outcome.as_ref().is_err_and(|e| e.contains(expected)), "{change}: {outcome:?}");
        }
    }

    #[test]
    fn what_is_inside_wins_and_what_is_outside_counts_only_where_it_may() {
        let outside =
            Parameters::decode("client_id=app&state=outside&nonce=outside&request=x&response_type=code");
        let inside = || {
            parameters(&claims(json!({
                "iss": "app", "exp": 5, "state": "inside", "max_age": 5, "claims": {"id_token": null}, "scope": null,
                "response_type": "code",
            })))
        };
        let merged = merge(&outside, inside(), false).unwrap();
        assert_eq!(merged.single("state"), Some("inside"));
        assert_eq!(merged.single("nonce"), Some("outside"));
        assert_eq!(merged.single("max_age"), Some("5"));
        assert_eq!(merged.single("claims"), Some(r#"{"id_token":null}"#));
        assert_eq!(
            (merged.single("request"), merged.single("iss"), merged.single("exp")),
            (None, None, None)
        );
        let strict = merge(&outside, inside(), true).unwrap();
        assert_eq!((strict.single("nonce"), strict.single("client_id")), (None, None));
        let other = Parameters::decode("response_type=code+id_token");
        assert_eq!(merge(&other, inside(), true).unwrap_err().code, ErrorCode::InvalidRequest);
        let hybrid = parameters(&claims(json!({"response_type": "id_token code"})));
        assert!(merge(&other, hybrid, false).is_ok());
    }

    #[test]
    fn a_jwt_of_another_type_is_no_request_object() {
        for (name, expected) in [
            (None, true),
            (Some("JWT"), true),
            (Some("oauth-authz-req+jwt"), true),
            (Some("application/OAuth-Authz-Req+JWT"), true),
            (Some("at+jwt"), false),
            (Some("dpop+jwt"), false),
            (Some("client-authentication+jwt"), false),
            (Some(""), false),
        ] {
            assert_eq!(is_type(name), expected, "{name:?}");
        }
    }
}
