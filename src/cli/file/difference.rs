//! What has to change for one form to become another: property by property, and as a merge patch.

use serde_json::{Map, Value};

use super::normal::Properties;

/// One property.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    /// Dotted.
    pub(super) path: String,
    /// `None`: it is not set.
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

/// Every property that differs, in a fixed order.
pub(super) fn differences(before: &Properties, after: &Properties) -> Vec<Difference> {
    let mut found = Vec::new();
    collect("", before, after, &mut found);
    found
}

fn collect(path: &str, before: &Properties, after: &Properties, found: &mut Vec<Difference>) {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match (before.get(name), after.get(name)) {
            (Some(Value::Object(before)), Some(Value::Object(after))) => collect(&path, before, after, found),
            (before, after) if before == after => {}
            (before, after) => {
                found.push(Difference { path, before: before.cloned(), after: after.cloned() });
            }
        }
    }
}

/// The merge patch (RFC 7396) from one to the other.
pub(super) fn patch(before: &Properties, after: &Properties) -> Properties {
    let mut patch = Map::new();
    for (name, value) in after {
        match (before.get(name), value) {
            (Some(before), value) if before == value => {}
            (Some(Value::Object(before)), Value::Object(after)) => {
                patch.insert(name.clone(), Value::Object(self::patch(before, after)));
            }
            (_, value) => drop(patch.insert(name.clone(), value.clone())),
        }
    }
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    patch
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::merge_patch::merge_patch;

    #[test]
    fn the_patch_makes_one_of_the_other_and_says_nothing_of_what_is_the_same() {
        let before = json!({"a": 1, "b": {"c": [1], "d": 2, "e": {"f": 1}}, "g": "x", "same": {"z": 1}});
        let after = json!({"a": 1, "b": {"c": [1, 2], "e": {"f": 1}}, "h": {"i": 1}, "same": {"z": 1}});
        let (before, after) = (before.as_object().unwrap(), after.as_object().unwrap());
        let patch = patch(before, after);
        assert_eq!(
            Value::Object(patch.clone()),
            json!({"b": {"c": [1, 2], "d": null}, "g": null, "h": {"i": 1}})
        );
        let mut merged = before.clone();
        merge_patch(&mut merged, &patch);
        assert_eq!(&merged, after);
        let paths: Vec<String> = differences(before, after).into_iter().map(|one| one.path).collect();
        assert_eq!(paths, ["b.c", "b.d", "g", "h"]);
        assert!(differences(after, after).is_empty());
    }
}
