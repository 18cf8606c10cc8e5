//! What a log entry says beside its words, member by member: bounded in bytes, in members and in depth.

use std::ops::Deref;

use serde::Serialize;
use serde_json::{Map, Value};

use super::limits;
use crate::protocol::said::Said;

/// Stands, as a member's name and as a value, where something was left out.
const LEFT_OUT: &str = "…";
/// What a mark takes at most as JSON: a name, a value, and the signs around them.
const MARK_BYTES: usize = 12;

/// Members of a log entry, with what they take as JSON: never more than [`limits::LOG_DETAILS_BYTES`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Details {
    members: Map<String, Value>,
    #[serde(skip)]
    bytes: usize,
}

impl Details {
    /// Adds a member, as much of it as there is room for. What is left out shows as an ellipsis.
    pub fn insert(&mut self, name: String, value: Value) {
        let marks = MARK_BYTES * (limits::LOG_DETAIL_DEPTH + 2);
        let mut room = Room(limits::LOG_DETAILS_BYTES.saturating_sub(self.bytes + marks));
        insert(&mut self.members, name, value, limits::LOG_DETAIL_DEPTH, &mut room);
        self.bytes = written(&self.members);
    }

    /// What they take as JSON.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl From<Map<String, Value>> for Details {
    fn from(members: Map<String, Value>) -> Self {
        let mut details = Self::default();
        for (name, value) in members {
            details.insert(name, value);
        }
        details
    }
}

impl Deref for Details {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Map<String, Value> {
        &self.members
    }
}

/// Bytes of JSON that are left.
struct Room(usize);

impl Room {
    /// Whether there was room for so many bytes; they are taken.
    fn take(&mut self, bytes: usize) -> bool {
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => {
                self.0 = 0;
                false
            }
        }
    }
}

fn insert(members: &mut Map<String, Value>, name: String, value: Value, depth: usize, room: &mut Room) {
    let name: String = Said::<{ limits::LOG_DETAIL_BYTES }>::new(name).into();
    let has_room = members.len() < limits::LOG_DETAIL_MEMBERS && room.take(written(&name) + 2);
    match bounded(value, depth, room) {
        Some(value) if has_room => drop(members.insert(name, value)),
        _ => drop(members.insert(LEFT_OUT.into(), LEFT_OUT.into())),
    }
}

/// `value`, or as much of it as there is room for; `None` if that is nothing.
fn bounded(value: Value, depth: usize, room: &mut Room) -> Option<Value> {
    match value {
        Value::Object(_) | Value::Array(_) if depth == 0 => None,
        Value::Object(members) => {
            if !room.take(3) {
                return None;
            }
            let mut kept = Map::new();
            for (name, value) in members {
                insert(&mut kept, name, value, depth.saturating_sub(1), room);
                if kept.contains_key(LEFT_OUT) {
                    break;
                }
            }
            Some(Value::Object(kept))
        }
        Value::Array(items) => {
            if !room.take(3) {
                return None;
            }
            let mut kept = Vec::new();
            for item in items {
                match bounded(item, depth.saturating_sub(1), room) {
                    Some(item) if kept.len() < limits::LOG_DETAIL_MEMBERS => kept.push(item),
                    _ => {
                        kept.push(LEFT_OUT.into());
                        break;
                    }
                }
            }
            Some(Value::Array(kept))
        }
        Value::String(text) => {
            let text: String = Said::<{ limits::LOG_DETAIL_BYTES }>::new(text).into();
            room.take(written(&text) + 1).then_some(Value::String(text))
        }
        plain => room.take(written(&plain) + 1).then_some(plain),
    }
}

/// Bytes of `value` as JSON.
fn written(value: &impl Serialize) -> usize {
    serde_json::to_string(value).map_or(0, |text| text.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nested(depth: usize) -> Value {
        (0..depth).fold(json!("core"), |inner, _| json!({ "in": inner }))
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let value = json!({"resource": "client", "ids": ["a", 1, null, true], "in": {"in": {"in": "x"}}});
        let mut details = Details::default();
        details.insert("changed".into(), value.clone());
        assert_eq!(json!(details), json!({ "changed": value }));
        assert_eq!(details.bytes(), json!(details).to_string().len());
    }

    #[test]
    fn nothing_makes_them_larger_than_their_bound() {
        let long = "x".repeat(100_000);
        let many: Map<String, Value> = (0..5_000).map(|number| (number.to_string(), json!("y"))).collect();
        let wide: Vec<Value> = (0..300).map(|_| json!(["\u{1}\"\\".repeat(400)])).collect();
        for value in [json!(long), json!(many), json!(wide), nested(100), json!({ long.as_str(): 1 })] {
            let mut details = Details::default();
            for number in 0..300 {
                details.insert(format!("{number}{}", "é".repeat(number)), value.clone());
                details.insert(LEFT_OUT.repeat(number), value.clone());
            }
            let text = json!(details).to_string();
            assert!(text.len() <= limits::LOG_DETAILS_BYTES, "{}", text.len());
            assert_eq!(details.bytes(), text.len());
            assert!(text.contains(LEFT_OUT));
        }
    }

    #[test]
    fn what_is_left_out_shows() {
        let mut details = Details::default();
        details.insert("deep".into(), nested(20));
        details.insert("wide".into(), json!(vec![1; 500]));
        details.insert("long".into(), json!("z".repeat(5_000)));
        let text = json!(details).to_string();
        assert!(!text.contains("core"), "{text}");
        assert_eq!(details["wide"].as_array().unwrap().last(), Some(&json!(LEFT_OUT)));
        assert!(details["long"].as_str().unwrap().ends_with('…'));
        assert!(!details.contains_key(LEFT_OUT), "the rest had room: {text}");
    }
}
