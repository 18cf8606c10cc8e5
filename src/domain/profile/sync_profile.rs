//! What a login writes into the user: whether it makes one, and which attributes it brings in step.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::extent::{ProfileTooLarge, check_size};
use crate::domain::connection::{OidcOptions, SetUserRootAttributes, SyncPolicy};
use crate::domain::user::User;

/// What a login does to the user's root attributes.
#[derive(Clone, Debug, PartialEq)]
pub enum SyncDecision {
    Create(Map<String, Value>),
    Update(Map<String, Value>),
    Keep,
    /// There is no user, and this connection may not create one.
    RefuseNotProvisioned,
    /// What is kept and what is new are too much together.
    RefuseTooLarge(ProfileTooLarge),
}

/// Decides by the connection's mode (`set_user_root_attributes`) and the policies of single attributes
/// (`attribute_map.sync`).
///
/// - `on_each_login`: the profile *is* what the provider says now. Everything mapped is replaced, and what the
///   provider no longer says goes away; an attribute that outlives its source would lie.
/// - `on_first_login`: the first login fills the profile; afterwards only the Management API changes it.
/// - `never_on_login`: users are created elsewhere; a person without one is refused.
///
/// The mode alone says whether a login may create the user. For attributes it is the policy of all that have none of
/// their own: `always`, `first`, `never`. One that has its own follows that, whatever the mode.
///
/// This covers every root attribute, mapped ones included. `user_metadata`, `app_metadata` and `blocked` are
/// never touched by a login.
pub fn sync_profile(
    options: &OidcOptions,
    existing: Option<&User>,
    mapped: Map<String, Value>,
) -> SyncDecision {
    let Some(user) = existing else {
        if options.set_user_root_attributes == SetUserRootAttributes::NeverOnLogin {
            return SyncDecision::RefuseNotProvisioned;
        }
        let is_written = |attribute: &str| policy_of(options, attribute) != SyncPolicy::Never;
        let profile = mapped.into_iter().filter(|(attribute, _)| is_written(attribute));
        return SyncDecision::Create(profile.collect());
    };
    let profile = merged(options, &user.profile, &mapped);
    if profile == user.profile {
        return SyncDecision::Keep;
    }
    match check_size(&profile) {
        Ok(()) => SyncDecision::Update(profile),
        Err(too_large) => SyncDecision::RefuseTooLarge(too_large),
    }
}

/// When a login writes `attribute`.
pub fn policy_of(options: &OidcOptions, attribute: &str) -> SyncPolicy {
    let by_mode = match options.set_user_root_attributes {
        SetUserRootAttributes::OnEachLogin => SyncPolicy::Always,
        SetUserRootAttributes::OnFirstLogin => SyncPolicy::First,
        SetUserRootAttributes::NeverOnLogin => SyncPolicy::Never,
    };
    options.attribute_map.sync.get(leading(attribute)).copied().unwrap_or(by_mode)
}

/// The attribute whose policy counts: what was said about one address must never stand beside another.
fn leading(attribute: &str) -> &str {
    if attribute == "email_verified" { "email" } else { attribute }
}

fn merged(
    options: &OidcOptions,
    before: &Map<String, Value>,
    mapped: &Map<String, Value>,
) -> Map<String, Value> {
    let attributes: BTreeSet<&String> = before.keys().chain(mapped.keys()).collect();
    let mut profile = Map::new();
    for attribute in attributes {
        let is_written = match policy_of(options, attribute) {
            SyncPolicy::Always => true,
            SyncPolicy::First | SyncPolicy::Never => false,
            SyncPolicy::IfEmpty => before.get(leading(attribute)).is_none_or(is_empty),
        };
        if let Some(value) = if is_written { mapped.get(attribute) } else { before.get(attribute) } {
            profile.insert(attribute.clone(), value.clone());
        }
    }
    profile
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// One attribute that a login would change, or that the provider says otherwise and a policy keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedAttribute {
    pub attribute: String,
    /// `added`, `replaced`, `removed`, `kept`.
    pub change: &'static str,
    pub policy: SyncPolicy,
}

/// How a profile that was `before` differs from `after`, when a login brings `mapped`; names, no values.
pub fn changed_attributes(
    options: &OidcOptions,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    mapped: &Map<String, Value>,
) -> Vec<ChangedAttribute> {
    let attributes: BTreeSet<&String> = before.keys().chain(mapped.keys()).collect();
    attributes
        .into_iter()
        .filter_map(|attribute| {
            let change = match (before.get(attribute), after.get(attribute)) {
                (None, Some(_)) => "added",
                (Some(_), None) => "removed",
                (Some(old), Some(new)) if old != new => "replaced",
                (old, _) if old != mapped.get(attribute) => "kept",
                _ => return None,
            };
            let policy = policy_of(options, attribute);
            Some(ChangedAttribute { attribute: attribute.clone(), change, policy })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SetUserRootAttributes::{NeverOnLogin, OnEachLogin, OnFirstLogin};
    use super::*;
    use crate::domain::clock::Timestamp;
    use crate::domain::limits;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn user(profile: Value) -> User {
        User {
            user_id: "oidc|acme|1".into(),
            profile: map(profile),
            user_metadata: Map::new(),
            app_metadata: Map::new(),
            is_blocked: false,
            created_at: Timestamp::from_millis(0),
            updated_at: Timestamp::from_millis(0),
            last_login_at: None,
            last_ip: None,
            logins_count: 1,
            version: 1,
        }
    }

    fn options(mode: SetUserRootAttributes, sync: Value) -> OidcOptions {
        let mut options = OidcOptions { set_user_root_attributes: mode, ..OidcOptions::default() };
        options.attribute_map.sync = serde_json::from_value(sync).unwrap();
        options
    }

    #[test]
    fn each_mode_decides_as_documented() {
        let user = user(json!({"name": "Ada", "locale": "en"}));
        let same = user.profile.clone();
        let changed = map(json!({"name": "Ada L."}));
        for (mode, existing, mapped, expected) in [
            (OnEachLogin, None, &changed, SyncDecision::Create(changed.clone())),
            (OnEachLogin, Some(&user), &changed, SyncDecision::Update(changed.clone())),
            (OnEachLogin, Some(&user), &same, SyncDecision::Keep),
            (OnFirstLogin, None, &changed, SyncDecision::Create(changed.clone())),
            (OnFirstLogin, Some(&user), &changed, SyncDecision::Keep),
            (NeverOnLogin, None, &changed, SyncDecision::RefuseNotProvisioned),
            (NeverOnLogin, Some(&user), &changed, SyncDecision::Keep),
        ] {
            assert_eq!(
                sync_profile(&options(mode, json!({})), existing, mapped.clone()),
                expected,
                "{mode:?}"
            );
        }
    }

    #[test]
    fn an_attribute_with_a_policy_of_its_own_follows_that_in_every_mode() {
        let sync = json!({"always": "always", "first": "first", "never": "never", "empty": "if_empty",
                          "blank": "if_empty", "full": "if_empty"});
        let before =
            json!({"always": 1, "first": 1, "never": 1, "blank": " ", "full": 1, "rest": 1, "gone": 1});
        let mapped =
            map(json!({"always": 2, "first": 2, "never": 2, "empty": 2, "blank": 2, "full": 2, "rest": 2}));
        for (mode, rest, gone) in
            [(OnEachLogin, 2, None), (OnFirstLogin, 1, Some(1)), (NeverOnLogin, 1, Some(1))]
        {
            let mut expected = map(
                json!({"always": 2, "first": 1, "never": 1, "empty": 2, "blank": 2, "full": 1, "rest": rest}),
            );
            expected.extend(gone.map(|gone| ("gone".to_owned(), json!(gone))));
            let decision =
                sync_profile(&options(mode, sync.clone()), Some(&user(before.clone())), mapped.clone());
            assert_eq!(decision, SyncDecision::Update(expected), "{mode:?}");
        }
        let made = sync_profile(&options(OnEachLogin, sync.clone()), None, mapped.clone());
        let mut expected = mapped;
        expected.remove("never");
        assert_eq!(made, SyncDecision::Create(expected));
    }

    #[test]
    fn what_is_always_written_goes_away_with_its_source() {
        let options = options(OnFirstLogin, json!({"team": "always"}));
        let decision = sync_profile(&options, Some(&user(json!({"team": "red", "name": "Ada"}))), Map::new());
        assert_eq!(decision, SyncDecision::Update(map(json!({"name": "Ada"}))));
    }

    /// Otherwise a kept address would be verified by what a provider says about a new one.
    #[test]
    fn whether_an_address_is_verified_never_parts_from_the_address() {
        let before = json!({"email": "old@acme.example", "email_verified": false});
        let mapped = map(json!({"email": "new@acme.example", "email_verified": true}));
        for (mode, policy, is_written) in [
            (OnEachLogin, "first", false),
            (OnEachLogin, "never", false),
            (OnEachLogin, "if_empty", false),
            (OnFirstLogin, "always", true),
            (NeverOnLogin, "always", true),
        ] {
            let decision = sync_profile(
                &options(mode, json!({"email": policy})),
                Some(&user(before.clone())),
                mapped.clone(),
            );
            let expected = if is_written { SyncDecision::Update(mapped.clone()) } else { SyncDecision::Keep };
            assert_eq!(decision, expected, "{mode:?} {policy}");
        }
        let unknown = user(json!({"email_verified": true}));
        let filled = sync_profile(
            &options(OnFirstLogin, json!({"email": "if_empty"})),
            Some(&unknown),
            mapped.clone(),
        );
        assert_eq!(filled, SyncDecision::Update(mapped));
    }

    #[test]
    fn what_is_kept_and_what_is_new_must_fit_together() {
        let half = "x".repeat(limits::PROFILE_BYTES / 2);
        let options = options(OnEachLogin, json!({"kept": "first"}));
        let decision = sync_profile(&options, Some(&user(json!({"kept": half}))), map(json!({"new": half})));
        assert!(matches!(decision, SyncDecision::RefuseTooLarge(_)), "{decision:?}");
    }

    #[test]
    fn changes_are_told_by_name_with_their_policy() {
        let options = options(OnEachLogin, json!({"kept": "first"}));
        let user = user(json!({"kept": 1, "gone": 1, "same": 1, "other": 1}));
        let mapped = map(json!({"kept": 2, "same": 1, "other": 2, "new": 1}));
        let SyncDecision::Update(after) = sync_profile(&options, Some(&user), mapped.clone()) else {
            panic!()
        };
        let told: Vec<(String, &str, SyncPolicy)> =
            changed_attributes(&options, &user.profile, &after, &mapped)
                .into_iter()
                .map(|one| (one.attribute, one.change, one.policy))
                .collect();
        let expected = [
            ("gone", "removed", SyncPolicy::Always),
            ("kept", "kept", SyncPolicy::First),
            ("new", "added", SyncPolicy::Always),
            ("other", "replaced", SyncPolicy::Always),
        ];
        assert_eq!(told, expected.map(|(name, change, policy)| (name.to_owned(), change, policy)));
    }
}
