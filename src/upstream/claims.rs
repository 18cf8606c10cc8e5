//! Strict readers over raw claims: a claim of the wrong type is a fault, never an absent claim.

use serde_json::{Map, Value};

use crate::domain::limits;

/// A claim that is not what it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClaimFault {
    Missing,
    /// What type came instead.
    Type(&'static str),
}

impl ClaimFault {
    pub(super) fn came(&self) -> &'static str {
        match self {
            Self::Missing => "none",
            Self::Type(name) => name,
        }
    }
}

/// The claim, `null` counting as absent.
pub(super) fn claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    claims.get(name).filter(|value| !value.is_null())
}

/// A text that has to be there.
pub(super) fn required_text<'a>(claims: &'a Map<String, Value>, name: &str) -> Result<&'a str, ClaimFault> {
    optional_text(claims, name)?.ok_or(ClaimFault::Missing)
}

/// A text, if the claim is there at all.
pub(super) fn optional_text<'a>(
    claims: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a str>, ClaimFault> {
    match claim(claims, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(ClaimFault::Type(type_name(other))),
    }
}

/// A NumericDate in seconds (RFC 7519 §2), if the claim is there at all. Fractions are cut off; texts,
/// negative and absurd numbers are faults.
pub(super) fn optional_seconds(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, ClaimFault> {
    match claim(claims, name) {
        None => Ok(None),
        Some(value) => seconds(value).map(Some).ok_or(ClaimFault::Type(match value {
            Value::Number(_) => "a number that is no point in time",
            other => type_name(other),
        })),
    }
}

/// A NumericDate that has to be there.
pub(super) fn required_seconds(claims: &Map<String, Value>, name: &str) -> Result<i64, ClaimFault> {
    optional_seconds(claims, name)?.ok_or(ClaimFault::Missing)
}

/// A NumericDate read leniently: a number, or a text of digits. For claims where some providers err.
pub(super) fn lenient_seconds(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    match claim(claims, name)? {
        Value::String(text) => text.parse().ok().filter(|seconds| PLAUSIBLE_SECONDS.contains(seconds)),
        value => seconds(value),
    }
}

/// The audiences: a text or an array of texts, at least one.
pub(super) fn audiences(claims: &Map<String, Value>) -> Result<Vec<&str>, ClaimFault> {
    match claim(claims, "aud") {
        None => Err(ClaimFault::Missing),
        Some(Value::String(audience)) => Ok(vec![audience]),
        Some(Value::Array(audiences)) if !audiences.is_empty() => audiences
            .iter()
            .map(|audience| audience.as_str().ok_or(ClaimFault::Type("an array with other than texts")))
            .collect(),
        Some(Value::Array(_)) => Err(ClaimFault::Type("an empty array")),
        Some(other) => Err(ClaimFault::Type(type_name(other))),
    }
}

/// `amr`: an array of texts; a single text counts as an array of one.
pub(super) fn authentication_methods(claims: &Map<String, Value>) -> Vec<String> {
    match claims.get("amr") {
        Some(Value::String(method)) if is_word(method) => vec![method.clone()],
        Some(Value::Array(methods)) => {
            let methods = methods.iter().filter_map(Value::as_str).filter(|method| is_word(method));
            methods.take(limits::AUTHENTICATION_METHODS).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// `acr`: a text; a number counts as its digits.
pub(super) fn authentication_class(claims: &Map<String, Value>) -> Option<String> {
    match claims.get("acr") {
        Some(Value::String(class)) if is_word(class) => Some(class.clone()),
        Some(Value::Number(class)) => Some(class.to_string()),
        _ => None,
    }
}

/// What is longer, or holds control characters, says nothing, and is not kept for it.
fn is_word(text: &str) -> bool {
    text.chars().count() <= limits::AUTHENTICATION_WORD_CHARACTERS && !text.chars().any(char::is_control)
}

/// Up to the year 9999.
const PLAUSIBLE_SECONDS: std::ops::Range<i64> = 0..253_402_300_800;

fn seconds(value: &Value) -> Option<i64> {
    let whole = value.as_i64().or_else(|| {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "casts saturate, and what is out of range is refused"
        )]
        value.as_f64().filter(|float| *float >= 0.0).map(|float| float as i64)
    })?;
    PLAUSIBLE_SECONDS.contains(&whole).then_some(whole)
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(name: &str, value: Value) -> Map<String, Value> {
        Map::from_iter([(name.to_owned(), value)])
    }

    #[test]
    fn times_are_numbers_of_seconds_and_nothing_else() {
        for (value, expected) in [
            (json!(1_795_000_000), Ok(Some(1_795_000_000))),
            (json!(1_795_000_000.0), Ok(Some(1_795_000_000))),
            (json!(1.795e9), Ok(Some(1_795_000_000))),
            (json!(0), Ok(Some(0))),
            (json!(null), Ok(None)),
            (json!("1795000000"), Err("a text")),
            (json!([1_795_000_000]), Err("an array")),
            (json!({"seconds": 1}), Err("an object")),
            (json!(true), Err("true or false")),
            (json!(-1), Err("a number that is no point in time")),
            (json!(-0.5), Err("a number that is no point in time")),
            (json!(1e30), Err("a number that is no point in time")),
            (json!(u64::MAX), Err("a number that is no point in time")),
            (json!(1_795_000_000_000_i64), Err("a number that is no point in time")),
        ] {
            let read = optional_seconds(&with("exp", value.clone()), "exp");
            assert_eq!(read.map_err(|fault| fault.came()), expected, "{value}");
        }
        assert_eq!(required_seconds(&Map::new(), "exp"), Err(ClaimFault::Missing));
        assert!(serde_json::from_str::<Map<String, Value>>(r#"{"exp":1e400}"#).is_err());
    }

    #[test]
    fn audiences_are_texts() {
        for (value, expected) in [
            (json!("a"), Some(vec!["a"])),
            (json!(["a", "b"]), Some(vec!["a", "b"])),
            (json!([]), None),
            (json!(["a", 5]), None),
            (json!({"a": 1}), None),
            (json!(5), None),
            (json!(null), None),
        ] {
            assert_eq!(audiences(&with("aud", value.clone())).ok(), expected, "{value}");
        }
    }

    #[test]
    fn how_the_person_authenticated_is_read_leniently() {
        assert_eq!(authentication_methods(&with("amr", json!("pwd"))), ["pwd"]);
        assert_eq!(authentication_methods(&with("amr", json!(["pwd", 1, "otp"]))), ["pwd", "otp"]);
        assert_eq!(authentication_methods(&with("amr", json!({}))), Vec::<String>::new());
        let long = "x".repeat(limits::AUTHENTICATION_WORD_CHARACTERS + 1);
        assert_eq!(authentication_methods(&with("amr", json!([long, "a\0", "pwd"]))), ["pwd"]);
        assert_eq!(
            authentication_methods(&with("amr", json!(vec!["pwd"; 500]))).len(),
            limits::AUTHENTICATION_METHODS
        );
        assert_eq!(authentication_class(&with("acr", json!(long))), None);
        assert_eq!(authentication_class(&with("acr", json!(1))).as_deref(), Some("1"));
        assert_eq!(authentication_class(&with("acr", json!("urn:x"))).as_deref(), Some("urn:x"));
        assert_eq!(lenient_seconds(&with("auth_time", json!("123")), "auth_time"), Some(123));
        assert_eq!(lenient_seconds(&with("auth_time", json!("soon")), "auth_time"), None);
    }
}
