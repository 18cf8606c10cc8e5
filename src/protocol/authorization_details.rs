//! `authorization_details` (RFC 9396): what an application wants to do, in the words of an API.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;

/// A list of details, none of them looked into but for its `type`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuthorizationDetails(Vec<Map<String, Value>>);

impl AuthorizationDetails {
    /// Reads the parameter; an empty list asks for nothing.
    ///
    /// # Errors
    /// `invalid_authorization_details`: no list of objects with a `type` each, or more than `most` of them.
    pub fn read(parameters: &Parameters, most: usize) -> Result<Option<Self>, OAuthError> {
        let Some(text) = parameters.single("authorization_details") else { return Ok(None) };
        let details: Vec<Map<String, Value>> = serde_json::from_str(text)
            .map_err(|_| invalid("authorization_details is no JSON list of objects"))?;
        if details.len() > most {
            return Err(invalid(format!("authorization_details has more than {most} members")));
        }
        let is_typed = |one: &Map<String, Value>| {
            one.get("type").and_then(Value::as_str).is_some_and(|name| !name.is_empty())
        };
        if !details.iter().all(is_typed) {
            return Err(invalid("every member of authorization_details needs a text as its type"));
        }
        // What is asked for is compared with what was granted, which was written down meanwhile.
        let written = serde_json::to_string(&details).unwrap_or_default();
        if serde_json::from_str::<Vec<Map<String, Value>>>(&written).ok().as_ref() != Some(&details) {
            return Err(invalid("authorization_details has a number of too many digits; write it as text"));
        }
        Ok((!details.is_empty()).then_some(Self(details)))
    }

    /// Their types, each once, in the order they came.
    pub fn types(&self) -> Vec<&str> {
        let mut types = Vec::new();
        for name in self.0.iter().filter_map(type_of) {
            if !types.contains(&name) {
                types.push(name);
            }
        }
        types
    }

    /// Each of them in words: its type, and every value in it with the path that leads there. Nothing is left out, so that
    /// nobody agrees to what they have not seen.
    pub fn described(&self) -> Vec<(String, Vec<(String, String)>)> {
        let describe = |details: &Map<String, Value>| {
            let mut lines = Vec::new();
            for (name, value) in details.iter().filter(|(name, _)| *name != "type") {
                add_lines(name, value, &mut lines);
            }
            (type_of(details).unwrap_or_default().to_owned(), lines)
        };
        self.0.iter().map(describe).collect()
    }

    /// Those of a type that `is_open`; `None` if none is left.
    #[must_use]
    pub fn kept(&self, is_open: impl Fn(&str) -> bool) -> Option<Self> {
        let kept: Vec<_> = self.0.iter().filter(|one| type_of(one).is_some_and(&is_open)).cloned().collect();
        (!kept.is_empty()).then_some(Self(kept))
    }

    /// Whether each of `asked` is, word for word, one of these.
    pub fn cover(&self, asked: &Self) -> bool {
        asked.0.iter().all(|one| self.0.contains(one))
    }
}

/// What a token request asks for among what was `granted`: all of it, unless it names less (RFC 9396 §6).
///
/// # Errors
/// `invalid_authorization_details` for what was not granted.
pub fn narrowed(
    granted: Option<AuthorizationDetails>,
    asked: Option<&AuthorizationDetails>,
) -> Result<Option<AuthorizationDetails>, OAuthError> {
    match asked {
        None => Ok(granted),
        Some(asked) if granted.as_ref().is_some_and(|granted| granted.cover(asked)) => {
            Ok(Some(asked.clone()))
        }
        Some(_) => Err(invalid("authorization_details asks for more than was granted")),
    }
}

/// A list of plain values is one line; an object, or a list that holds one, a line for each of its members.
fn add_lines(path: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    let is_plain = |value: &Value| !value.is_object() && !value.is_array();
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                add_lines(&format!("{path}.{name}"), value, lines);
            }
        }
        Value::Array(members) if !members.is_empty() && members.iter().all(is_plain) => {
            lines.push((path.to_owned(), members.iter().map(word).collect::<Vec<_>>().join(", ")));
        }
        Value::Array(members) if !members.is_empty() => {
            for (index, value) in members.iter().enumerate() {
                add_lines(&format!("{path}.{}", index + 1), value, lines);
            }
        }
        plain => lines.push((path.to_owned(), word(plain))),
    }
}

fn type_of(details: &Map<String, Value>) -> Option<&str> {
    details.get("type").and_then(Value::as_str)
}

fn invalid(text: impl Into<String>) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidAuthorizationDetails, text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Option<AuthorizationDetails>, OAuthError> {
        let parameters = Parameters::new(vec![("authorization_details".into(), text.into())]);
        AuthorizationDetails::read(&parameters, 2)
    }

    #[test]
    fn a_list_of_typed_objects_is_read_and_kept_word_for_word() {
        let text = json!([{"type": "payment", "amount": {"value": "1.00"}}, {"type": "account"}]);
        let details = read(&text.to_string()).unwrap().unwrap();
        assert_eq!(details.types(), ["payment", "account"]);
        assert_eq!(serde_json::to_value(&details).unwrap(), text);
        let kept = details.kept(|name| name == "account").unwrap();
        assert_eq!(serde_json::to_value(&kept).unwrap(), json!([{"type": "account"}]));
        assert_eq!(details.kept(|_| false), None);
        assert_eq!(read("[]"), Ok(None));
        assert_eq!(AuthorizationDetails::read(&Parameters::default(), 2), Ok(None));
    }

    #[test]
    fn every_value_is_told_with_its_path() {
        let text = json!([
            {"type": "payment", "amount": {"currency": "EUR", "value": 12.5}, "urgent": true},
            {"type": "account", "actions": ["read", "close"], "to": [{"iban": "DE1"}, "x"], "none": null, "no": []},
        ]);
        let described = read(&text.to_string()).unwrap().unwrap().described();
        let line = |path: &str, value: &str| (path.to_owned(), value.to_owned());
        let mut payment = described[0].clone();
        payment.1.sort();
        let lines =
            vec![line("amount.currency", "EUR"), line("amount.value", "12.5"), line("urgent", "true")];
        assert_eq!(payment, ("payment".to_owned(), lines));
        let mut account = described[1].clone();
        account.1.sort();
        let lines = vec![
            line("actions", "read, close"),
            line("no", "[]"),
            line("none", "null"),
            line("to.1.iban", "DE1"),
            line("to.2", "x"),
        ];
        assert_eq!(account, ("account".to_owned(), lines));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "{}",
            "[",
            "[5]",
            r#"["payment"]"#,
            r#"[{"type":5}]"#,
            r#"[{"type":""}]"#,
            r#"[{"locations":[]}]"#,
            r#"[{"type":"a","amount":1844674922337203685477580716}]"#,
            r#"[{"type":"a"},{"type":"b"},{"type":"c"}]"#,
        ] {
            assert_eq!(read(text).unwrap_err().code, ErrorCode::InvalidAuthorizationDetails, "{text}");
        }
    }

    #[test]
    fn a_token_request_may_ask_for_less_and_not_for_more() {
        let of = |text: &str| read(text).unwrap();
        let granted = of(r#"[{"type":"payment","amount":1},{"type":"account"}]"#);
        assert_eq!(narrowed(granted.clone(), None), Ok(granted.clone()));
        let less = of(r#"[{"type":"account"}]"#);
        assert_eq!(narrowed(granted.clone(), less.as_ref()), Ok(less.clone()));
        let more = of(r#"[{"type":"payment","amount":2}]"#);
        assert!(narrowed(granted, more.as_ref()).is_err());
        assert!(narrowed(None, less.as_ref()).is_err());
        assert_eq!(narrowed(None, None), Ok(None));
    }
}
