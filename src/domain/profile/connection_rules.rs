//! What a connection's options make of a mapped profile, whatever the attribute map says: whose word about an address
//! counts, the groups, and what is not kept.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::extent::{ProfileTooLarge, check_size};
use super::map_claims::{Mapped, map_claims};
use super::template::ClaimContext;
use super::value_rule::ValueRule;
use crate::domain::connection::{EmailVerifiedPolicy, OidcOptions};
use crate::domain::domain_claim::is_of_verified_domain;
use crate::domain::limits;

/// The profile attribute that `groups_claim` fills; no attribute map can.
pub const GROUPS: &str = "groups";

/// What the rules found, for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruled {
    /// The provider called the address verified, and its word does not count.
    pub is_verification_refused: bool,
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

/// Whether an address that its provider calls verified counts as verified. `verified_domains` are those of the connection,
/// lower-case A-labels; a subdomain is another domain.
pub fn counts_as_verified(
    policy: EmailVerifiedPolicy,
    email: &str,
    verified_domains: &BTreeSet<String>,
) -> bool {
    match policy {
        EmailVerifiedPolicy::AsAsserted => true,
        EmailVerifiedPolicy::Never => false,
        EmailVerifiedPolicy::VerifiedDomainsOnly => is_of_verified_domain(email, verified_domains),
    }
}

/// The profile of one login: by the attribute map, and then under the rules of its connection.
///
/// # Errors
/// [`ProfileTooLarge`].
pub fn map_login(
    options: &OidcOptions,
    context: &ClaimContext<'_>,
    verified_domains: &BTreeSet<String>,
) -> Result<(Mapped, Ruled), ProfileTooLarge> {
    let mut mapped = map_claims(&options.attribute_map, context)?;
    let ruled = apply_connection_rules(options, context, verified_domains, &mut mapped.profile)?;
    let Mapped { profile, rules, .. } = &mut mapped;
    if ruled.groups.is_some() {
        rules.insert(GROUPS.to_owned(), ValueRule::Setting("groups_claim"));
    }
    if ruled.is_verification_refused {
        rules.insert("email_verified".to_owned(), ValueRule::Setting("email_verified_policy"));
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
    verified_domains: &BTreeSet<String>,
    profile: &mut Map<String, Value>,
) -> Result<Ruled, ProfileTooLarge> {
    let mut ruled = Ruled::default();
    let is_said_to_be_verified = profile.get("email_verified") == Some(&Value::Bool(true));
    let email = profile.get("email").and_then(Value::as_str).unwrap_or_default();
    if is_said_to_be_verified && !counts_as_verified(options.email_verified_policy, email, verified_domains) {
        profile.insert("email_verified".into(), Value::Bool(false));
        ruled.is_verification_refused = true;
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

    fn ruled(
        options: &OidcOptions,
        tokenset: &Value,
        userinfo: Option<&Value>,
        profile: &Value,
    ) -> (Value, Ruled) {
        let context = ClaimContext::sample(tokenset, userinfo);
        let mut profile = profile.as_object().unwrap().clone();
        let domains = BTreeSet::from(["acme.example".to_owned()]);
        let ruled = apply_connection_rules(options, &context, &domains, &mut profile).unwrap();
        (Value::Object(profile), ruled)
    }

    #[test]
    fn an_address_is_verified_by_policy_and_domain() {
        use EmailVerifiedPolicy::{AsAsserted, Never, VerifiedDomainsOnly};
        let domains = BTreeSet::from(["acme.example".to_owned(), "xn--socit-esab.example".to_owned()]);
        for (policy, email, expected) in [
            (AsAsserted, "ceo@elsewhere.example", true),
            (Never, "ada@acme.example", false),
            (VerifiedDomainsOnly, "ada@acme.example", true),
            (VerifiedDomainsOnly, "Ada@ACME.example.", true),
            (VerifiedDomainsOnly, "ada@société.example", true),
            (VerifiedDomainsOnly, "ada@eu.acme.example", false),
            (VerifiedDomainsOnly, "ada@evilacme.example", false),
            (VerifiedDomainsOnly, "ada@acme.example.evil.io", false),
            (VerifiedDomainsOnly, "a@b@acme.example", false),
            (VerifiedDomainsOnly, "\"a@evil.io\"@acme.example", false),
            (VerifiedDomainsOnly, "acme.example", false),
            (VerifiedDomainsOnly, "", false),
        ] {
            assert_eq!(counts_as_verified(policy, email, &domains), expected, "{policy:?} {email}");
        }
        assert!(!counts_as_verified(VerifiedDomainsOnly, "ada@acme.example", &BTreeSet::new()));
    }

    #[test]
    fn a_policy_takes_the_mark_away_and_never_gives_one() {
        let options = |email_verified_policy| OidcOptions { email_verified_policy, ..OidcOptions::default() };
        for (policy, email, said, expected) in [
            (EmailVerifiedPolicy::AsAsserted, "x@other.example", true, true),
            (EmailVerifiedPolicy::VerifiedDomainsOnly, "x@other.example", true, false),
            (EmailVerifiedPolicy::VerifiedDomainsOnly, "x@acme.example", true, true),
            (EmailVerifiedPolicy::VerifiedDomainsOnly, "x@acme.example", false, false),
            (EmailVerifiedPolicy::Never, "x@acme.example", true, false),
        ] {
            let profile = json!({"email": email, "email_verified": said});
            let (profile, ruled) = ruled(&options(policy), &json!({}), None, &profile);
            assert_eq!(profile["email_verified"], expected, "{policy:?} {email}");
            assert_eq!(ruled.is_verification_refused, said && !expected, "{policy:?} {email}");
        }
        let (profile, _) =
            ruled(&options(EmailVerifiedPolicy::Never), &json!({}), None, &json!({"name": "Ada"}));
        assert_eq!(profile, json!({"name": "Ada"}));
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
            email_verified_policy: EmailVerifiedPolicy::Never,
            non_persistent_attrs: vec!["salary".into()],
            ..OidcOptions::default()
        };
        let tokenset =
            json!({"email": "ada@acme.example", "email_verified": true, "groups": ["a"], "salary": 5});
        let context = ClaimContext::sample(&tokenset, None);
        let (mapped, _) = map_login(&options, &context, &BTreeSet::new()).unwrap();
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
        let refused = apply_connection_rules(&options, &context, &BTreeSet::new(), &mut Map::new());
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
