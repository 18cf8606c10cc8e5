//! What a connection's options make of a mapped profile, whatever the attribute map says: whose word about an address
//! counts, the groups, and what is not kept.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::extent::{ProfileTooLarge, check_size};
use super::map_claims::Mapped;
use super::template::ClaimContext;
use super::value_rule::ValueRule;
use crate::domain::connection::OidcOptions;
use crate::domain::email_authority::NotVerified;
use crate::domain::limits;

/// The profile attribute that `groups_claim` fills; no attribute map can.
pub const GROUPS: &str = "groups";

/// What the rules found, for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruled {
    /// The provider called the address verified, and why its word does not count.
    pub not_verified: Option<NotVerified>,
    pub groups: Option<FoundGroups>,
}

/// What became of the claim with the groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundGroups {
    Taken,
    Missing,
    /// The provider says that there are too many to send (Entra ID).
    TooManyToSend,
}

/// The mapped profile of one login under the rules of its connection. `not_verified`: why the address does not count as
/// verified, whatever the map made of it.
///
/// # Errors
/// [`ProfileTooLarge`], because of the groups.
pub fn under_rules(
    options: &OidcOptions,
    context: &ClaimContext<'_>,
    mut mapped: Mapped,
    not_verified: Option<NotVerified>,
) -> Result<(Mapped, Ruled), ProfileTooLarge> {
    let ruled = apply_connection_rules(options, context, not_verified, &mut mapped.profile)?;
    let Mapped { profile, rules, .. } = &mut mapped;
    if ruled.groups.is_some() {
        rules.insert(GROUPS.to_owned(), ValueRule::Setting("groups_claim"));
    }
    if let Some(reason) = &ruled.not_verified {
        let rule = match reason {
            NotVerified::Policy => ValueRule::Setting("email_verified_policy"),
            NotVerified::ProvenByOther(_) | NotVerified::LeadsToOthers(_) => ValueRule::OthersDomain,
            NotVerified::Unreadable => ValueRule::UnreadableAddress,
        };
        rules.insert("email_verified".to_owned(), rule);
    }
    rules.retain(|attribute, _| profile.contains_key(attribute));
    Ok((mapped, ruled))
}

/// Brings a mapped profile under the rules of its connection.
///
/// # Errors
/// [`ProfileTooLarge`], because of the groups.
fn apply_connection_rules(
    options: &OidcOptions,
    context: &ClaimContext<'_>,
    not_verified: Option<NotVerified>,
    profile: &mut Map<String, Value>,
) -> Result<Ruled, ProfileTooLarge> {
    let mut ruled = Ruled { not_verified, groups: None };
    if ruled.not_verified.is_some() {
        profile.insert("email_verified".into(), Value::Bool(false));
    }
    if let Some(claim) = &options.groups_claim {
        let (groups, found) = read_groups(claim, context);
        ruled.groups = Some(found);
        profile.insert(GROUPS.to_owned(), groups.into());
    }
    profile.retain(|attribute, _| !options.non_persistent_attrs.contains(attribute));
    check_size(profile)?;
    Ok(ruled)
}

/// What changes in a stored profile that the login otherwise leaves alone: groups are always those of the last login, and
/// what must not be kept goes. `None`: nothing.
pub fn kept_in_step(
    options: &OidcOptions,
    stored: &Map<String, Value>,
    arrived: &Map<String, Value>,
) -> Option<Map<String, Value>> {
    let mut profile = stored.clone();
    if options.groups_claim.is_some() {
        match arrived.get(GROUPS) {
            Some(groups) => drop(profile.insert(GROUPS.into(), groups.clone())),
            None => drop(profile.remove(GROUPS)),
        }
    }
    profile.retain(|attribute, _| !options.non_persistent_attrs.contains(attribute));
    (profile != *stored).then_some(profile)
}

/// Whether the ID token itself has the claim with the groups.
pub fn has_groups(options: &OidcOptions, tokenset: &Map<String, Value>) -> bool {
    options.groups_claim.as_ref().is_none_or(|claim| find(claim, tokenset).is_some())
}

fn read_groups(claim: &str, context: &ClaimContext<'_>) -> (Vec<String>, FoundGroups) {
    let sources = [Some(context.tokenset), context.userinfo];
    let found = sources.into_iter().flatten().find_map(|claims| find(claim, claims));
    match found {
        Some(Value::Array(items)) => (distinct(items.iter().filter_map(group_name)), FoundGroups::Taken),
        // Some providers write a list of one as its only item.
        Some(single) => (distinct(group_name(single).into_iter()), FoundGroups::Taken),
        None if says_too_many(claim, context.tokenset) => (Vec::new(), FoundGroups::TooManyToSend),
        None => (Vec::new(), FoundGroups::Missing),
    }
}

/// The claim of that name, or else the one at that path (`realm_access.roles`).
fn find<'a>(claim: &str, claims: &'a Map<String, Value>) -> Option<&'a Value> {
    let at_path = || {
        let (first, rest) = claim.split_once('.')?;
        rest.split('.').try_fold(claims.get(first)?, |value, step| value.get(step))
    };
    claims.get(claim).or_else(at_path).filter(|value| !value.is_null())
}

/// A group as text, or by the name of an object; by its id where it has no name.
fn group_name(group: &Value) -> Option<String> {
    let text = match group {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Object(object) => {
            let names = ["name", "displayName", "display_name", "id"];
            return names
                .into_iter()
                .find_map(|name| object.get(name).filter(|value| !value.is_object()).and_then(group_name));
        }
        Value::Null | Value::Bool(_) | Value::Array(_) => return None,
    };
    let text = text.trim();
    let is_group = (1..=limits::GROUP_CHARACTERS).contains(&text.chars().count());
    (is_group && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

fn distinct(groups: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    groups.filter(|group| seen.insert(group.clone())).collect()
}

/// A distributed claim (OpenID Connect Core §5.6.2), or Entra's mark in the front channel.
fn says_too_many(claim: &str, tokenset: &Map<String, Value>) -> bool {
    tokenset.get("hasgroups") == Some(&Value::Bool(true))
        || tokenset.get("_claim_names").is_some_and(|names| names.get(claim).is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::profile::map_claims;

    fn ruled(
        options: &OidcOptions,
        tokenset: &Value,
        userinfo: Option<&Value>,
        profile: &Value,
    ) -> (Value, Ruled) {
        let context = ClaimContext::sample(tokenset, userinfo);
        let mut profile = profile.as_object().unwrap().clone();
        let ruled = apply_connection_rules(options, &context, None, &mut profile).unwrap();
        (Value::Object(profile), ruled)
    }

    #[test]
    fn a_reason_takes_the_mark_away_whatever_the_map_says() {
        let context_of = |tokenset: &Value| {
            let options = OidcOptions::default();
            let context = ClaimContext::sample(tokenset, None);
            let mapped = map_claims(&options.attribute_map, &context).unwrap();
            assert_eq!(mapped.profile["email_verified"], true);
            under_rules(&options, &context, mapped, Some(NotVerified::ProvenByOther("a.example".into())))
                .unwrap()
        };
        for said in [json!(true), json!("true")] {
            let (mapped, ruled) = context_of(&json!({"email": "ceo@a.example", "email_verified": said}));
            assert_eq!(mapped.profile["email_verified"], false);
            assert_eq!(mapped.rules["email_verified"], ValueRule::OthersDomain);
            assert!(
                ruled.not_verified.unwrap().words().contains("another connection has proven that a.example")
            );
        }
    }

    #[test]
    fn groups_come_from_the_id_token_or_userinfo_in_any_of_their_forms() {
        let from = |claim: &str| OidcOptions { groups_claim: Some(claim.into()), ..OidcOptions::default() };
        let objects = json!({"groups": [
            {"id": "1", "name": "staff"}, {"id": "2", "displayName": "admins"}, {"id": 3}, {"other": "x"},
            {"name": {"id": "nested"}},
        ]});
        for (claim, tokenset, userinfo, expected) in [
            (
                "groups",
                json!({"groups": ["a", "b", "a", " c ", "", 7, null, true]}),
                None,
                json!(["a", "b", "c", "7"]),
            ),
            ("groups", json!({}), Some(json!({"groups": ["u"]})), json!(["u"])),
            ("groups", json!({"groups": ["t"]}), Some(json!({"groups": ["u"]})), json!(["t"])),
            ("groups", json!({"groups": "only"}), None, json!(["only"])),
            ("groups", json!({"groups": []}), None, json!([])),
            ("groups", objects, None, json!(["staff", "admins", "3"])),
            ("realm_access.roles", json!({"realm_access": {"roles": ["r"]}}), None, json!(["r"])),
            (
                "https://acme.example/groups",
                json!({"https://acme.example/groups": ["n"]}),
                None,
                json!(["n"]),
            ),
        ] {
            let (profile, ruled) = ruled(&from(claim), &tokenset, userinfo.as_ref(), &json!({}));
            assert_eq!(profile["groups"], expected, "{claim} {tokenset}");
            assert_eq!(ruled.groups, Some(FoundGroups::Taken));
        }
        for (tokenset, found) in [
            (json!({"name": "Ada"}), FoundGroups::Missing),
            (json!({"groups": null}), FoundGroups::Missing),
            (json!({"_claim_names": {"groups": "src1"}}), FoundGroups::TooManyToSend),
            (json!({"hasgroups": true}), FoundGroups::TooManyToSend),
        ] {
            let (profile, ruled) = ruled(&from("groups"), &tokenset, None, &json!({}));
            assert_eq!((&profile["groups"], ruled.groups), (&json!([]), Some(found)), "{tokenset}");
        }
    }

    #[test]
    fn the_rule_behind_a_value_is_the_option_where_that_decides() {
        let options = OidcOptions {
            groups_claim: Some("groups".into()),
            non_persistent_attrs: vec!["salary".into()],
            ..OidcOptions::default()
        };
        let tokenset =
            json!({"email": "ada@acme.example", "email_verified": true, "groups": ["a"], "salary": 5});
        let context = ClaimContext::sample(&tokenset, None);
        let mapped = map_claims(&options.attribute_map, &context).unwrap();
        let (mapped, _) = under_rules(&options, &context, mapped, Some(NotVerified::Policy)).unwrap();
        assert!(mapped.rules.keys().eq(mapped.profile.keys()), "{mapped:?}");
        assert_eq!(mapped.rules["groups"], ValueRule::Setting("groups_claim"));
        assert_eq!(mapped.rules["email_verified"], ValueRule::Setting("email_verified_policy"));
    }

    #[test]
    fn more_groups_than_a_profile_holds_are_named() {
        let options = OidcOptions { groups_claim: Some("groups".into()), ..OidcOptions::default() };
        let many: Vec<String> =
            (0..limits::PROFILE_BYTES / 10).map(|number| format!("{number:010}")).collect();
        let tokenset = json!({"groups": many});
        let context = ClaimContext::sample(&tokenset, None);
        let refused = apply_connection_rules(&options, &context, None, &mut Map::new());
        assert_eq!(refused.unwrap_err().attribute, "groups");
    }

    #[test]
    fn what_must_not_be_kept_goes_and_groups_follow_the_last_login() {
        let options = OidcOptions {
            groups_claim: Some("groups".into()),
            non_persistent_attrs: vec!["salary".into()],
            ..OidcOptions::default()
        };
        let tokenset = json!({"groups": ["b"]});
        let (profile, _) = ruled(&options, &tokenset, None, &json!({"name": "Ada", "salary": 5}));
        assert_eq!(profile, json!({"name": "Ada", "groups": ["b"]}));
        let stored = json!({"name": "Countess", "groups": ["a"], "salary": 4});
        let (stored, arrived) = (stored.as_object().unwrap(), profile.as_object().unwrap());
        let kept = kept_in_step(&options, stored, arrived).unwrap();
        assert_eq!(Value::Object(kept.clone()), json!({"name": "Countess", "groups": ["b"]}));
        assert_eq!(kept_in_step(&options, &kept, arrived), None);
        assert_eq!(kept_in_step(&OidcOptions::default(), stored, arrived), None);
    }
}
