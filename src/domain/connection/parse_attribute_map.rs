//! `options.attribute_map` of a connection, from a Management API body.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::parse_options::scope;
use super::{AttributeMap, MappingMode, SyncPolicy};
use crate::domain::fields::Fields;
use crate::domain::limits;
use crate::domain::profile::{BASIC_PROFILE, MapRule, refusal_of_attribute_name};

/// What a map gives although it does not list it: made of other attributes.
const FALLBACKS: [&str; 2] = ["name", "nickname"];

pub(super) fn attribute_map(fields: &mut Fields<'_>) -> AttributeMap {
    let mapping_mode = fields
        .choice(
            "mapping_mode",
            &[
                ("bind_all", MappingMode::BindAll),
                ("use_map", MappingMode::UseMap),
                ("basic_profile", MappingMode::BasicProfile),
            ],
        )
        .unwrap_or_default();
    let userinfo_scope = scope(fields, "userinfo_scope", false);
    let attributes = attributes(fields);
    let sync = sync(fields, |name| match mapping_mode {
        MappingMode::BindAll => true,
        MappingMode::BasicProfile => BASIC_PROFILE.contains(&name),
        MappingMode::UseMap => attributes.contains_key(name) || FALLBACKS.contains(&name),
    });
    AttributeMap { mapping_mode, userinfo_scope, attributes, sync }
}

fn attributes(fields: &mut Fields<'_>) -> BTreeMap<String, Value> {
    let Some(entries) = entries(fields, "attributes", "profile attribute to template or literal") else {
        return BTreeMap::new();
    };
    for (name, rule) in entries {
        let malformed = || MapRule::parse(rule).err().map(|error| error.to_string());
        if let Some(refusal) = refusal_of_attribute_name(name).or_else(malformed) {
            fields.refuse(&format!("attributes.{}", printable(name)), refusal);
        }
    }
    entries
        .iter()
        .filter(|(_, rule)| !rule.is_null())
        .map(|(name, rule)| (name.clone(), rule.clone()))
        .collect()
}

/// When logins write single attributes, of those that the map `gives`.
fn sync(fields: &mut Fields<'_>, gives: impl Fn(&str) -> bool) -> BTreeMap<String, SyncPolicy> {
    let Some(entries) = entries(fields, "sync", "profile attribute to always, first, never or if_empty")
    else {
        return BTreeMap::new();
    };
    let mut policies = BTreeMap::new();
    for (name, policy) in entries.iter().filter(|(_, policy)| !policy.is_null()) {
        let known = [SyncPolicy::Always, SyncPolicy::First, SyncPolicy::Never, SyncPolicy::IfEmpty];
        let policy = known.into_iter().find(|known| policy.as_str() == Some(known.name()));
        let refusal = if name == "email_verified" {
            Some(
                "goes with email: what was said about one address is not true of another; leave it out"
                    .into(),
            )
        } else if let Some(refusal) = refusal_of_attribute_name(name) {
            Some(refusal)
        } else if !gives(name) {
            Some(
                "is nothing that attribute_map gives, so no login writes it; map it, or leave it out here"
                    .into(),
            )
        } else {
            policy.is_none().then(|| "must be one of always, first, never, if_empty".to_owned())
        };
        match (refusal, policy) {
            (Some(refusal), _) => fields.refuse(&format!("sync.{}", printable(name)), refusal),
            (None, Some(policy)) => drop(policies.insert(name.clone(), policy)),
            (None, None) => {}
        }
    }
    policies
}

/// The members of the object `name`, of which there are not too many.
fn entries<'v>(fields: &mut Fields<'v>, name: &'static str, of: &str) -> Option<&'v Map<String, Value>> {
    let most = limits::MAPPED_ATTRIBUTES;
    match fields.value(name)? {
        Value::Object(entries) if entries.len() <= most => return Some(entries),
        Value::Object(entries) => {
            fields.refuse(name, format!("has {} entries; at most {most} are possible", entries.len()));
        }
        _ => fields.refuse(name, format!("must be an object: {of}")),
    }
    None
}

/// A name as far as a message needs it.
fn printable(name: &str) -> String {
    name.chars().filter(|character| !character.is_control()).take(64).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(map: &Value) -> Result<AttributeMap, Vec<String>> {
        let mut fields = Fields::new(map.as_object().unwrap(), "attribute_map");
        let read = attribute_map(&mut fields);
        let mut problems = Vec::new();
        fields.finish(&mut problems);
        let told = |problem: crate::domain::problem::Problem| format!("{} {}", problem.path, problem.message);
        if problems.is_empty() { Ok(read) } else { Err(problems.into_iter().map(told).collect()) }
    }

    #[test]
    fn a_policy_is_read_for_what_the_map_gives() {
        for (map, policies) in [
            (json!({"sync": {"department": "first", "gone": null}}), json!({"department": "first"})),
            (
                json!({"mapping_mode": "basic_profile", "sync": {"picture": "never"}}),
                json!({"picture": "never"}),
            ),
            (
                json!({"mapping_mode": "use_map", "attributes": {"tier": "gold"},
                       "sync": {"tier": "if_empty", "name": "always", "nickname": "never"}}),
                json!({"tier": "if_empty", "name": "always", "nickname": "never"}),
            ),
            (json!({"attributes": {"tier": "gold"}}), json!({})),
        ] {
            assert_eq!(json!(read(&map).unwrap().sync), policies, "{map}");
        }
    }

    #[test]
    fn a_policy_that_could_not_work_is_refused_by_its_name() {
        for (map, expected) in [
            (json!({"sync": {"department": "sometimes"}}), "attribute_map.sync.department must be one of"),
            (json!({"sync": {"department": true}}), "attribute_map.sync.department must be one of"),
            (
                json!({"sync": {"email_verified": "always"}}),
                "attribute_map.sync.email_verified goes with email",
            ),
            (
                json!({"sync": {"user_id": "never"}}),
                "attribute_map.sync.user_id the name user_id is reserved",
            ),
            (json!({"sync": ["department"]}), "attribute_map.sync must be an object"),
            (
                json!({"mapping_mode": "use_map", "attributes": {"tier": "gold"}, "sync": {"tire": "never"}}),
                "attribute_map.sync.tire is nothing that attribute_map gives",
            ),
            (
                json!({"mapping_mode": "basic_profile", "sync": {"department": "never"}}),
                "attribute_map.sync.department is nothing that attribute_map gives",
            ),
        ] {
            let problems = read(&map).unwrap_err();
            assert_eq!(problems.len(), 1, "{map}: {problems:?}");
            assert!(problems[0].starts_with(expected), "{map}: {problems:?}");
        }
        let flood: Map<String, Value> =
            (0..=limits::MAPPED_ATTRIBUTES).map(|n| (format!("a{n}"), json!("never"))).collect();
        assert!(read(&json!({"sync": flood})).is_err());
    }
}
