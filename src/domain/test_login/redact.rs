//! Claims as a report shows them: what a person asserts about themselves stays, what could open something goes, and
//! nothing is larger than a page.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::domain::limits;

/// Claims that are secrets, or as good as one, whatever they look like.
const SECRET_CLAIMS: [&str; 9] =
    ["nonce", "at_hash", "c_hash", "s_hash", "sid", "jti", "login_hint", "uti", "rh"];

/// Parts of the names of claims in which providers put what opens something.
const SECRET_WORDS: [&str; 5] = ["token", "secret", "password", "credential", "private_key"];

/// Who somebody is, and who says so, can be long and look random, and is told all the same.
const NAMES: [&str; 7] = ["sub", "iss", "aud", "azp", "oid", "tid", "client_id"];

/// Hides and cuts, and remembers what it hid, so that a copy under another name is hidden too.
#[derive(Debug, Default)]
pub struct Redaction {
    hidden: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl Redaction {
    /// One that tells the claim `user_id_attribute` too, by which the connection knows people.
    pub fn new(user_id_attribute: &str) -> Self {
        let names = NAMES.iter().copied().chain([user_id_attribute]).map(str::to_owned).collect();
        Self { hidden: BTreeSet::new(), names }
    }

    /// The claims of one answer.
    pub fn claims(&mut self, claims: &Map<String, Value>) -> Value {
        capped(claims.iter().map(|(name, value)| (name.clone(), self.claim(name, value))))
    }

    /// A profile made of claims that were redacted before.
    pub fn profile(&mut self, profile: &Map<String, Value>) -> Value {
        capped(profile.iter().map(|(name, value)| (name.clone(), self.value(value, 0))))
    }

    fn claim(&mut self, name: &str, value: &Value) -> Value {
        if self.names.contains(name) {
            return cut_all(value, 0);
        }
        if is_secret_name(name) {
            self.hide(value);
            return Value::String("***".into());
        }
        self.value(value, 0)
    }

    fn value(&mut self, value: &Value, depth: usize) -> Value {
        match value {
            Value::String(text) if self.is_hidden(text) => {
                self.hidden.insert(text.clone());
                Value::String("***".into())
            }
            Value::String(text) => Value::String(cut(text)),
            Value::Array(_) | Value::Object(_) if depth >= limits::SHOWN_CLAIM_DEPTH => "…".into(),
            Value::Array(items) => list(items, |item| self.value(item, depth + 1)),
            Value::Object(members) => object(members, |name, value| match is_secret_name(name) {
                true => {
                    self.hide(value);
                    Value::String("***".into())
                }
                false => self.value(value, depth + 1),
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn hide(&mut self, value: &Value) {
        if let Value::String(text) = value
            && !text.is_empty()
        {
            self.hidden.insert(text.clone());
        }
    }

    fn is_hidden(&self, text: &str) -> bool {
        // Short ones hide no other text that happens to contain them.
        let is_copy = |hidden: &String| {
            hidden == text || hidden.len() >= limits::HIDDEN_PART_CHARACTERS && text.contains(hidden.as_str())
        };
        is_token(text) || is_opaque(text) || self.hidden.iter().any(is_copy)
    }
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_CLAIMS.contains(&name.as_str()) || SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// A JWS or JWE: three or five parts, the first of which is a JSON object in base64url.
fn is_token(text: &str) -> bool {
    text.starts_with("eyJ") && matches!(text.split('.').count(), 3 | 5)
}

/// Long, without blanks, of letters and digits mixed: nobody reads that, but it may open something.
fn is_opaque(text: &str) -> bool {
    let is_of_token = |letter: char| letter.is_ascii_alphanumeric() || "-_+/=.~".contains(letter);
    text.len() >= limits::OPAQUE_TEXT_CHARACTERS
        && text.chars().all(is_of_token)
        && text.chars().any(|letter| letter.is_ascii_digit())
        && text.chars().any(|letter| letter.is_ascii_alphabetic())
        && !text.starts_with("https://")
        && !text.starts_with("http://")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(limits::SHOWN_CLAIM_CHARACTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn cut_all(value: &Value, depth: usize) -> Value {
    match value {
        Value::String(text) => Value::String(cut(text)),
        Value::Array(_) | Value::Object(_) if depth >= limits::SHOWN_CLAIM_DEPTH => "…".into(),
        Value::Array(items) => list(items, |item| cut_all(item, depth + 1)),
        Value::Object(members) => object(members, |_, value| cut_all(value, depth + 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn list(items: &[Value], mut shown: impl FnMut(&Value) -> Value) -> Value {
    let most = limits::SHOWN_CLAIM_ENTRIES;
    let mut list: Vec<Value> = items.iter().take(most).map(&mut shown).collect();
    if items.len() > most {
        list.push(format!("… +{}", items.len() - most).into());
    }
    Value::Array(list)
}

fn object(members: &Map<String, Value>, mut shown: impl FnMut(&str, &Value) -> Value) -> Value {
    let most = limits::SHOWN_CLAIM_ENTRIES;
    let mut object: Map<String, Value> =
        members.iter().take(most).map(|(name, value)| (cut(name), shown(name, value))).collect();
    if members.len() > most {
        object.insert("…".into(), format!("+{}", members.len() - most).into());
    }
    Value::Object(object)
}

/// As many as a report holds; how many were left out stands at the end.
fn capped(entries: impl Iterator<Item = (String, Value)>) -> Value {
    let mut kept = Map::new();
    let (mut bytes, mut left_out) = (0, 0_usize);
    for (name, value) in entries {
        bytes += name.len() + value.to_string().len();
        if bytes > limits::SHOWN_CLAIMS_BYTES || kept.len() >= 2 * limits::SHOWN_CLAIM_ENTRIES {
            left_out += 1;
        } else {
            kept.insert(cut(&name), value);
        }
    }
    if left_out > 0 {
        kept.insert("…".into(), format!("+{left_out}").into());
    }
    Value::Object(kept)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(claims: &Value) -> Value {
        Redaction::new("sub").claims(claims.as_object().unwrap())
    }

    #[test]
    fn what_a_person_is_stays_and_what_opens_something_goes() {
        let random = "q8Zt1uYx3mB7nV0pLk5Jh2Gf4Ds6Aa9Qw8Er7Ty6Ui5";
        let claims = json!({
            "sub": random, "oid": "3f0c2b9e-7a41-4c55-9c1d-0f5f2f1f6d11", "name": "Ada Lovelace",
            "email": "ada.augusta.king.countess.of.lovelace@analytical.example",
            "groups": ["11111111-2222-3333-4444-555555555555", "Engineers"], "picture": "https://acme.example/a/1.png",
            "nonce": "n-1", "at_hash": "h", "sid": "s", "jti": "j", "refresh_token": "short",
            "blob": random, "copy": format!("x {} y", "eyJhbGciOiJub25lIn0.e30."), "jwt": "eyJhbGciOiJub25lIn0.e30.",
            "address": {"country": "GB", "api_secret": "s3", "deep": {"jwt": "eyJhbGciOiJub25lIn0.e30."}},
            "level": 3, "admin": false,
        });
        let told = shown(&claims);
        for kept in ["sub", "oid", "name", "email", "groups", "picture", "level", "admin"] {
            assert_eq!(told[kept], claims[kept], "{kept}");
        }
        for hidden in ["nonce", "at_hash", "sid", "jti", "refresh_token", "blob", "jwt"] {
            assert_eq!(told[hidden], "***", "{hidden}");
        }
        let deep = json!({"country": "GB", "api_secret": "***", "deep": {"jwt": "***"}});
        assert_eq!(told["address"], deep);
    }

    #[test]
    fn what_was_hidden_stays_hidden_under_another_name() {
        let mut redaction = Redaction::new("sub");
        redaction.claims(json!({"nonce": "n-0S6_WzA2Mj", "sub": "1"}).as_object().unwrap());
        let profile = json!({"nickname": "n-0S6_WzA2Mj", "name": "I am n-0S6_WzA2Mj", "given_name": "Ada", "list": ["n-0S6_WzA2Mj"]});
        let told = redaction.profile(profile.as_object().unwrap());
        assert_eq!(told, json!({"nickname": "***", "name": "***", "given_name": "Ada", "list": ["***"]}));
    }

    #[test]
    fn claims_of_any_size_and_shape_make_a_report_of_limited_size() {
        let deep = (0..100).fold(json!("end"), |inner, _| json!([inner]));
        let many: Map<String, Value> = (0..5_000).map(|n| (format!("c{n}"), json!("x y"))).collect();
        for claims in [
            json!({"text": "é ".repeat(100_000)}),
            json!({"list": vec!["entry"; 10_000]}),
            json!({"deep": deep}),
            json!({"object": many}),
            Value::Object(many.clone()),
            json!({"a".repeat(100_000): 1}),
            json!({"sub": "long ".repeat(10_000)}),
        ] {
            let told = shown(&claims).to_string();
            assert!(told.len() <= limits::SHOWN_CLAIMS_BYTES + 1_000, "{}", told.len());
            assert!(told.contains('…'), "it says that something is missing");
        }
    }
}
