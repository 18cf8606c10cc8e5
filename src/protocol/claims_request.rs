//! The `claims` parameter: single claims asked for by name (OpenID Connect Core §5.5).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::{ErrorCode, OAuthError};

/// Sizes of a `claims` parameter.
#[derive(Clone, Copy, Debug)]
pub struct ClaimsLimits {
    pub bytes: usize,
    /// Claims of both targets together.
    pub claims: usize,
}

/// What is asked of one claim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimWish {
    #[serde(skip_serializing_if = "is_false")]
    pub essential: bool,
    /// The values it may have (`value` is a list of one); empty: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

/// What is asked of UserInfo and of the ID token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsRequest {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: BTreeMap<String, ClaimWish>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: BTreeMap<String, ClaimWish>,
}

impl ClaimWish {
    /// Whether `value` is one of those asked for.
    pub fn accepts(&self, value: &Value) -> bool {
        self.values.is_empty() || self.values.contains(value)
    }
}

impl ClaimsRequest {
    /// Reads the parameter. Members this specification does not know are ignored, as it says.
    ///
    /// # Errors
    /// `invalid_request`, naming the member: no JSON, a member of the wrong type, `value` beside `values`, more
    /// than the limits allow.
    pub fn read(text: &str, limits: ClaimsLimits) -> Result<Self, OAuthError> {
        if text.len() > limits.bytes {
            return Err(invalid(format!("claims is longer than {} bytes", limits.bytes)));
        }
        let members: Map<String, Value> =
            serde_json::from_str(text).map_err(|_| invalid("claims is not a JSON object".into()))?;
        let read = Self { userinfo: target(&members, "userinfo")?, id_token: target(&members, "id_token")? };
        if read.userinfo.len() + read.id_token.len() > limits.claims {
            return Err(invalid(format!("claims asks for more than {} claims", limits.claims)));
        }
        Ok(read)
    }

    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }

    /// The values one of which the ID token's `acr` must have (§5.5.1.1); empty: any.
    pub fn essential_acr_values(&self) -> Vec<&str> {
        let wish = self.id_token.get("acr").filter(|wish| wish.essential);
        wish.map(|wish| wish.values.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }

    /// The subjects one of which has to answer (§5.5.1); empty: anybody.
    pub fn subjects(&self) -> impl Iterator<Item = &Value> {
        self.id_token.get("sub").into_iter().chain(self.userinfo.get("sub")).flat_map(|wish| &wish.values)
    }
}

fn target(members: &Map<String, Value>, name: &str) -> Result<BTreeMap<String, ClaimWish>, OAuthError> {
    let claims = match members.get(name) {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(claims)) => claims,
        Some(_) => return Err(invalid(format!("claims.{name} must be an object"))),
    };
    claims.iter().map(|(claim, asked)| Ok((claim.clone(), wish(name, claim, asked)?))).collect()
}

fn wish(target: &str, claim: &str, asked: &Value) -> Result<ClaimWish, OAuthError> {
    let at = |rest: &str| {
        let claim: String = claim.chars().take(40).filter(char::is_ascii_graphic).collect();
        invalid(format!("claims.{target}.{claim} {rest}"))
    };
    let members = match asked {
        Value::Null => return Ok(ClaimWish::default()),
        Value::Object(members) => members,
        _ => return Err(at("must be null or an object")),
    };
    let essential = match members.get("essential") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(essential)) => *essential,
        Some(_) => return Err(at("must have true or false as essential")),
    };
    let values = match (members.get("value"), members.get("values")) {
        (None, None) => Vec::new(),
        (Some(value), None) => vec![value.clone()],
        (None, Some(Value::Array(values))) if !values.is_empty() => values.clone(),
        (None, Some(_)) => return Err(at("must have a list as values")),
        (Some(_), Some(_)) => return Err(at("has value and values: send one of them")),
    };
    Ok(ClaimWish { essential, values })
}

fn invalid(description: String) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LIMITS: ClaimsLimits = ClaimsLimits { bytes: 400, claims: 4 };

    fn read(value: &Value) -> Result<ClaimsRequest, OAuthError> {
        ClaimsRequest::read(&value.to_string(), LIMITS)
    }

    #[test]
    fn the_example_of_the_specification_is_read() {
        let asked = read(&json!({
            "userinfo": {"given_name": {"essential": true}, "nickname": null},
            "id_token": {"auth_time": {"essential": true}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}},
            "something_new": 5,
        }));
        let asked = asked.unwrap();
        assert!(asked.userinfo["given_name"].essential && !asked.userinfo["nickname"].essential);
        assert_eq!(asked.id_token["acr"].values, [json!("urn:mace:incommon:iap:silver")]);
        assert_eq!(asked.essential_acr_values(), Vec::<&str>::new(), "voluntary");
        let kept = serde_json::to_string(&asked).unwrap();
        assert_eq!(serde_json::from_str::<ClaimsRequest>(&kept).unwrap(), asked);
    }

    #[test]
    fn what_must_be_met_is_found() {
        let asked = read(&json!({"id_token": {
            "acr": {"essential": true, "values": ["gold", "silver", 5]}, "sub": {"value": "1"},
        }}));
        let asked = asked.unwrap();
        assert_eq!(asked.essential_acr_values(), ["gold", "silver"]);
        assert_eq!(asked.subjects().collect::<Vec<_>>(), [&json!("1")]);
        assert!(asked.id_token["sub"].accepts(&json!("1")) && !asked.id_token["sub"].accepts(&json!("2")));
    }

    #[test]
    fn what_is_malformed_is_refused_by_name() {
        for (value, expected) in [
            (json!([]), "not a JSON object"),
            (json!("{}"), "not a JSON object"),
            (json!({"userinfo": []}), "claims.userinfo must be an object"),
            (json!({"id_token": "acr"}), "claims.id_token must be an object"),
            (json!({"id_token": {"acr": true}}), "claims.id_token.acr must be null"),
            (json!({"id_token": {"acr": {"essential": "yes"}}}), "true or false"),
            (json!({"id_token": {"acr": {"values": "gold"}}}), "a list as values"),
            (json!({"id_token": {"acr": {"values": []}}}), "a list as values"),
            (json!({"id_token": {"acr": {"value": "a", "values": ["b"]}}}), "one of them"),
            (
                json!({"userinfo": {"a": null, "b": null, "c": null}, "id_token": {"a": null, "b": null}}),
                "4 claims",
            ),
            (json!({"userinfo": {"a": {"value": "x".repeat(400)}}}), "longer than 400 bytes"),
        ] {
            let error = read(&value).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidRequest);
            assert!(error.description.contains(expected), "{value}: {error}");
        }
        assert!(ClaimsRequest::read("{", LIMITS).is_err());
        assert_eq!(read(&json!({})), Ok(ClaimsRequest::default()));
    }
}
