//! Maps the claims of one login onto the profile, by the connection's attribute map.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::Url;

use super::extent::{ProfileTooLarge, check_size, is_nested_within};
use super::map_rule::MapRule;
use super::reserved::refusal_of_attribute_name;
use super::template::{ClaimContext, Source};
use super::value_rule::ValueRule;
use crate::domain::connection::{AttributeMap, MappingMode};
use crate::domain::limits;

/// The standard profile claims that `basic_profile` takes (OpenID Connect Core §5.1).
pub const BASIC_PROFILE: [&str; 11] = [
    "name",
    "nickname",
    "given_name",
    "family_name",
    "middle_name",
    "preferred_username",
    "picture",
    "locale",
    "zoneinfo",
    "email",
    "email_verified",
];

/// The profile, and what did not make it there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapped {
    pub profile: Map<String, Value>,
    /// Attribute of the profile → where its value comes from.
    pub rules: BTreeMap<String, ValueRule>,
    pub missing: Vec<MissingClaim>,
    pub dropped: Vec<DroppedAttribute>,
}

/// A claim that a template asked for in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingClaim {
    pub attribute: String,
    /// As in the template: `context.userinfo.department`.
    pub claim: String,
}

/// An attribute that was left out although the provider sent something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DroppedAttribute {
    pub attribute: String,
    pub reason: String,
}

/// The profile of one login.
///
/// `bind_all` takes every claim of the ID token, `basic_profile` the standard ones; where UserInfo was asked, it
/// fills in what the ID token leaves out. `use_map` takes what the map lists. In every mode:
///
/// - reserved names never come in, nor what is nested deeper than [`limits::PROFILE_DEPTH`];
/// - `email` must look like an address, and `email_verified` is true only for a boolean `true` or the text
///   `"true"` said about that very address, false otherwise, and absent without an address;
/// - `name` falls back to given and family name, `preferred_username`, then the e-mail address; `nickname` to
///   the part before the `@`; `picture` must be a web address, and none is invented.
///
/// # Errors
/// [`ProfileTooLarge`].
pub fn map_claims(map: &AttributeMap, context: &ClaimContext<'_>) -> Result<Mapped, ProfileTooLarge> {
    let mut mapping = Mapping::default();
    match map.mapping_mode {
        MappingMode::BindAll => mapping.take_claims(context, |_| true)?,
        MappingMode::BasicProfile => mapping.take_claims(context, |claim| BASIC_PROFILE.contains(&claim))?,
        MappingMode::UseMap => mapping.take_map(map, context)?,
    }
    mapping.normalize();
    check_size(&mapping.mapped.profile)?;
    Ok(mapping.mapped)
}

/// Whether the map in force needs the UserInfo answer.
pub fn refers_to_userinfo(map: &AttributeMap) -> bool {
    map.mapping_mode == MappingMode::UseMap
        && map
            .attributes
            .values()
            .any(|rule| MapRule::parse(rule).is_ok_and(|rule| rule.refers_to_userinfo()))
}

#[derive(Default)]
struct Mapping {
    mapped: Mapped,
    bytes: usize,
    largest: (usize, String),
}

impl Mapping {
    fn take_claims(
        &mut self,
        context: &ClaimContext<'_>,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<(), ProfileTooLarge> {
        let wanted = |claim: &str| claim != "email_verified" && wanted(claim);
        for (claim, value) in context.tokenset.iter().filter(|(claim, _)| wanted(claim)) {
            self.add(claim, value.clone(), ValueRule::Claim(Source::Tokenset))?;
        }
        for (claim, value) in context.userinfo.into_iter().flatten().filter(|(claim, _)| wanted(claim)) {
            if !self.mapped.profile.contains_key(claim) {
                self.add(claim, value.clone(), ValueRule::Claim(Source::UserInfo))?;
            }
        }
        said_about_email(context).map_or(Ok(()), |(source, said)| {
            self.add("email_verified", said.clone(), ValueRule::Claim(source))
        })
    }

    fn take_map(&mut self, map: &AttributeMap, context: &ClaimContext<'_>) -> Result<(), ProfileTooLarge> {
        for (attribute, rule) in &map.attributes {
            match MapRule::parse(rule) {
                Ok(rule) => {
                    let evaluated = rule.evaluate(context);
                    self.mapped.missing.extend(
                        evaluated
                            .missing
                            .into_iter()
                            .map(|claim| MissingClaim { attribute: attribute.clone(), claim }),
                    );
                    if let Some(value) = evaluated.value {
                        self.add(attribute, value, ValueRule::Mapped)?;
                    }
                }
                Err(error) => self.drop(attribute, format!("its template is malformed: {error}")),
            }
        }
        Ok(())
    }

    fn add(&mut self, attribute: &str, value: Value, rule: ValueRule) -> Result<(), ProfileTooLarge> {
        if value.is_null() {
            return Ok(());
        }
        if let Some(refusal) = refusal_of_attribute_name(attribute) {
            self.drop(attribute, refusal);
            return Ok(());
        }
        if !is_nested_within(&value, limits::PROFILE_DEPTH) {
            self.drop(attribute, format!("it is nested deeper than {} levels", limits::PROFILE_DEPTH));
            return Ok(());
        }
        let bytes = attribute.len() + value.to_string().len();
        self.bytes += bytes;
        if bytes > self.largest.0 {
            self.largest = (bytes, attribute.to_owned());
        }
        // Nothing is gained by going on.
        if self.bytes > limits::PROFILE_BYTES {
            let (bytes, attribute) = std::mem::take(&mut self.largest);
            return Err(ProfileTooLarge { attribute, bytes });
        }
        self.mapped.profile.insert(attribute.to_owned(), value);
        self.mapped.rules.insert(attribute.to_owned(), rule);
        Ok(())
    }

    fn drop(&mut self, attribute: &str, reason: impl Into<String>) {
        self.mapped.dropped.push(DroppedAttribute { attribute: attribute.to_owned(), reason: reason.into() });
    }

    fn text(&self, attribute: &str) -> Option<&str> {
        self.mapped.profile.get(attribute).and_then(Value::as_str)
    }

    fn set(&mut self, attribute: &str, text: String) {
        self.mapped.profile.insert(attribute.to_owned(), Value::String(text));
    }

    /// Removes `attribute` with a note unless its value passes.
    fn require(&mut self, attribute: &str, reason: &str, passes: impl Fn(&str) -> bool) {
        let Some(value) = self.mapped.profile.get(attribute) else { return };
        if !value.as_str().is_some_and(passes) {
            self.mapped.profile.remove(attribute);
            self.mapped.rules.remove(attribute);
            self.drop(attribute, reason);
        }
    }

    fn normalize(&mut self) {
        for attribute in ["name", "nickname", "given_name", "family_name", "preferred_username"] {
            if let Some(Value::Number(number)) = self.mapped.profile.get(attribute) {
                let text = number.to_string();
                self.set(attribute, text);
            }
            self.require(attribute, "it is not a text, or an empty one", |text| !text.trim().is_empty());
        }
        self.require("email", "it does not look like an e-mail address", looks_like_email);
        self.require("picture", "it is not an http or https address", looks_like_web_address);
        self.normalize_email_verified();
        if self.text("name").is_none()
            && let Some((name, attributes)) = self.fallback_name()
        {
            self.set("name", name);
            self.mapped.rules.insert("name".to_owned(), ValueRule::Fallback(attributes));
        }
        if self.text("nickname").is_none()
            && let Some((local_part, _)) = self.text("email").and_then(|email| email.split_once('@'))
        {
            let nickname = local_part.to_owned();
            self.set("nickname", nickname);
            self.mapped.rules.insert("nickname".to_owned(), ValueRule::Fallback(&["email"]));
        }
    }

    fn normalize_email_verified(&mut self) {
        let said = self.mapped.profile.remove("email_verified");
        if self.text("email").is_some() {
            let is_verified = match said {
                Some(Value::Bool(said)) => said,
                Some(Value::String(said)) => said == "true",
                Some(Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_)) | None => false,
            };
            self.mapped.profile.insert("email_verified".to_owned(), Value::Bool(is_verified));
            self.mapped.rules.entry("email_verified".to_owned()).or_insert(ValueRule::Default);
        } else {
            self.mapped.rules.remove("email_verified");
        }
    }

    fn fallback_name(&self) -> Option<(String, &'static [&'static str])> {
        let sources: [&'static [&'static str]; 5] = [
            &["given_name", "family_name"],
            &["given_name"],
            &["family_name"],
            &["preferred_username"],
            &["email"],
        ];
        sources.into_iter().find_map(|attributes| {
            let parts: Option<Vec<&str>> = attributes.iter().map(|part| self.text(part)).collect();
            Some((parts?.join(" "), attributes))
        })
    }
}

/// `email_verified` of the answer that named the address: what one says about its address says nothing about
/// the address of the other.
fn said_about_email<'a>(context: &ClaimContext<'a>) -> Option<(Source, &'a Value)> {
    let claim = |claims: Option<&'a Map<String, Value>>, name: &str| {
        claims.and_then(|claims| claims.get(name)).filter(|value| !value.is_null())
    };
    let (tokenset, userinfo) = (Some(context.tokenset), context.userinfo);
    let in_token = || claim(tokenset, "email_verified").map(|said| (Source::Tokenset, said));
    let in_userinfo = || claim(userinfo, "email_verified").map(|said| (Source::UserInfo, said));
    match (claim(tokenset, "email"), claim(userinfo, "email")) {
        (Some(here), Some(there)) if here == there => in_token().or_else(in_userinfo),
        (Some(_), _) => in_token(),
        (None, Some(_)) => in_userinfo(),
        (None, None) => None,
    }
}

/// One `@` with something on both sides, no blanks or control characters, no longer than RFC 5321 allows.
fn looks_like_email(text: &str) -> bool {
    text.len() <= limits::EMAIL_BYTES
        && !text.chars().any(|character| character.is_control() || character.is_whitespace())
        && text.split_once('@').is_some_and(|(local_part, domain)| {
            !local_part.is_empty() && !domain.is_empty() && !domain.contains('@')
        })
}

fn looks_like_web_address(text: &str) -> bool {
    text.len() <= limits::URL_BYTES
        && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy as _, any, prop, prop_assert, prop_oneof, proptest};
    use proptest::strategy::BoxedStrategy;
    use serde_json::json;

    use super::*;
    use crate::domain::profile::RESERVED_ATTRIBUTES;

    fn mapped(map: &AttributeMap, tokenset: &Value, userinfo: Option<&Value>) -> Mapped {
        map_claims(map, &ClaimContext::sample(tokenset, userinfo)).unwrap()
    }

    fn by_mode(mapping_mode: MappingMode) -> AttributeMap {
        AttributeMap { mapping_mode, ..AttributeMap::default() }
    }

    fn use_map(attributes: Value) -> AttributeMap {
        AttributeMap {
            mapping_mode: MappingMode::UseMap,
            attributes: attributes.as_object().unwrap().clone().into_iter().collect(),
            ..AttributeMap::default()
        }
    }

    #[test]
    fn bind_all_keeps_types_and_drops_reserved_names() {
        let tokenset = json!({
            "iss": "https://idp.example", "sub": "1", "aud": "x", "exp": 1, "groups": ["a"], "roles": ["r"],
            "user_id": "oidc|other|1", "app_metadata": {"admin": true}, "__proto__": {"x": 1},
            "name": "Ada", "teams": ["red"], "level": 3, "address": {"country": "GB"}, "gone": null,
        });
        let mapped = mapped(&by_mode(MappingMode::BindAll), &tokenset, None);
        assert_eq!(
            Value::Object(mapped.profile),
            json!({"name": "Ada", "teams": ["red"], "level": 3, "address": {"country": "GB"}})
        );
        let groups = mapped.dropped.iter().find(|dropped| dropped.attribute == "groups").unwrap();
        assert!(groups.reason.contains("federated_groups"), "{}", groups.reason);
    }

    #[test]
    fn userinfo_fills_in_what_the_id_token_leaves_out() {
        let tokenset = json!({"sub": "1", "name": "From the token"});
        let userinfo = json!({"sub": "1", "name": "From UserInfo", "department": "R&D",
                              "email": "ada@acme.example", "email_verified": true});
        let mapped = mapped(&by_mode(MappingMode::BindAll), &tokenset, Some(&userinfo));
        assert_eq!(
            Value::Object(mapped.profile),
            json!({"name": "From the token", "department": "R&D", "email": "ada@acme.example",
                   "email_verified": true, "nickname": "ada"})
        );
    }

    #[test]
    fn one_address_is_not_verified_by_what_was_said_about_another() {
        let map = by_mode(MappingMode::BindAll);
        for (tokenset, userinfo, email, is_verified) in [
            (
                json!({"email": "ceo@a.example"}),
                json!({"email": "me@b.example", "email_verified": true}),
                "ceo@a.example",
                false,
            ),
            (json!({"email_verified": true}), json!({"email": "me@b.example"}), "me@b.example", false),
            (
                json!({"email": "me@b.example"}),
                json!({"email": "me@b.example", "email_verified": true}),
                "me@b.example",
                true,
            ),
            (json!({"email": "me@b.example"}), json!({"email_verified": true}), "me@b.example", false),
            (json!({}), json!({"email": "me@b.example", "email_verified": true}), "me@b.example", true),
        ] {
            let mapped = mapped(&map, &tokenset, Some(&userinfo));
            assert_eq!(mapped.profile["email"], email, "{tokenset} {userinfo}");
            assert_eq!(mapped.profile["email_verified"], is_verified, "{tokenset} {userinfo}");
        }
    }

    #[test]
    fn basic_profile_takes_the_standard_claims_alone() {
        let tokenset = json!({"sub": "1", "given_name": "Ada", "department": "R&D", "locale": "en"});
        let mapped = mapped(&by_mode(MappingMode::BasicProfile), &tokenset, None);
        assert_eq!(
            Value::Object(mapped.profile),
            json!({"given_name": "Ada", "locale": "en", "name": "Ada"})
        );
        assert!(mapped.dropped.is_empty());
    }

    #[test]
    fn use_map_gives_what_it_lists_and_names_what_is_missing() {
        let map = use_map(json!({
            "email": "${context.tokenset.email || context.tokenset.upn}",
            "name": "${context.tokenset.name}",
            "department": "${context.userinfo.department}",
            "federated_groups": "${context.tokenset.groups}",
            "level": 7, "contractor": false, "office": {"city": "Paris"}, "tier": "gold",
        }));
        let tokenset = json!({"upn": "ada@acme.example", "groups": ["a", "b"], "other": "x"});
        let mapped = mapped(&map, &tokenset, None);
        assert_eq!(
            Value::Object(mapped.profile),
            json!({"email": "ada@acme.example", "email_verified": false, "name": "ada@acme.example",
                   "nickname": "ada", "federated_groups": ["a", "b"], "level": 7, "contractor": false,
                   "office": {"city": "Paris"}, "tier": "gold"})
        );
        assert_eq!(
            mapped.missing,
            [("department", "context.userinfo.department"), ("name", "context.tokenset.name")]
                .map(|(attribute, claim)| MissingClaim { attribute: attribute.into(), claim: claim.into() })
        );
    }

    #[test]
    fn only_true_and_the_text_true_verify_an_address() {
        for (said, expected) in [
            (json!(true), true),
            (json!("true"), true),
            (json!(false), false),
            (json!("false"), false),
            (json!("True"), false),
            (json!(1), false),
            (json!("1"), false),
            (json!("yes"), false),
            (json!(null), false),
            (json!([true]), false),
            (json!({"value": true}), false),
        ] {
            let tokenset = json!({"email": "ada@acme.example", "email_verified": said});
            let mapped = mapped(&by_mode(MappingMode::BindAll), &tokenset, None);
            assert_eq!(mapped.profile["email_verified"], expected, "{said}");
        }
        let absent = mapped(&by_mode(MappingMode::BindAll), &json!({"email": "ada@acme.example"}), None);
        assert_eq!(absent.profile["email_verified"], false);
        let no_email = mapped(&by_mode(MappingMode::BindAll), &json!({"email_verified": true}), None);
        assert!(!no_email.profile.contains_key("email_verified"));
    }

    #[test]
    fn what_is_not_an_address_is_left_out() {
        for email in [
            json!("ada"),
            json!("@acme.example"),
            json!("ada@"),
            json!("a@b@acme.example"),
            json!("ada@acme.example\r\nBcc: x@y.example"),
            json!("ada\0@acme.example"),
            json!(format!("{}@acme.example", "a".repeat(300))),
            json!(["ada@acme.example"]),
            json!(5),
        ] {
            let tokenset = json!({"email": email, "email_verified": true});
            let mapped = mapped(&by_mode(MappingMode::BindAll), &tokenset, None);
            assert!(mapped.profile.is_empty(), "{email}");
            assert_eq!(mapped.dropped[0].attribute, "email");
        }
    }

    #[test]
    fn names_fall_back_in_order() {
        for (claims, name, nickname) in [
            (json!({"name": "N", "given_name": "G", "email": "e@x.example"}), Some("N"), Some("e")),
            (json!({"given_name": "G", "family_name": "F", "preferred_username": "p"}), Some("G F"), None),
            (json!({"family_name": "F", "preferred_username": "p"}), Some("F"), None),
            (json!({"preferred_username": "p", "email": "e@x.example"}), Some("p"), Some("e")),
            (json!({"email": "e@x.example", "nickname": "nick"}), Some("e@x.example"), Some("nick")),
            (json!({"name": "  ", "email": "e@x.example"}), Some("e@x.example"), Some("e")),
            (json!({"name": 42}), Some("42"), None),
            (json!({"name": {"first": "A"}}), None, None),
            (json!({}), None, None),
        ] {
            let mapped = mapped(&by_mode(MappingMode::BindAll), &claims, None);
            assert_eq!(mapped.profile.get("name").and_then(Value::as_str), name, "{claims}");
            assert_eq!(mapped.profile.get("nickname").and_then(Value::as_str), nickname, "{claims}");
        }
    }

    #[test]
    fn a_picture_is_a_web_address_or_nothing() {
        for (picture, kept) in [
            ("https://cdn.example/a.png", true),
            ("http://cdn.example/a.png", true),
            ("javascript:alert(1)", false),
            ("data:image/png;base64,AAAA", false),
            ("/a.png", false),
        ] {
            let mapped = mapped(&by_mode(MappingMode::BindAll), &json!({"picture": picture}), None);
            assert_eq!(mapped.profile.contains_key("picture"), kept, "{picture}");
        }
    }

    #[test]
    fn an_oversized_profile_is_refused_by_the_name_of_its_largest_attribute() {
        let tokenset = json!({"small": "x", "photo": "x".repeat(limits::PROFILE_BYTES)});
        let error =
            map_claims(&by_mode(MappingMode::BindAll), &ClaimContext::sample(&tokenset, None)).unwrap_err();
        assert_eq!(error.attribute, "photo");
    }

    #[test]
    fn the_rule_behind_each_value_is_told() {
        let tokenset = json!({"given_name": "Ada", "family_name": "L", "email": "ada@acme.example", "a b": 1,
                              "picture": "javascript:alert(1)"});
        let userinfo = json!({"department": "R&D"});
        let map = by_mode(MappingMode::BindAll);
        let told = |map: &AttributeMap, mapped: Mapped| -> Value {
            mapped.rules.iter().map(|(name, rule)| (name.clone(), rule.json(name, map))).collect()
        };
        let mapped_all = mapped(&map, &tokenset, Some(&userinfo));
        assert!(mapped_all.rules.keys().eq(mapped_all.profile.keys()), "{mapped_all:?}");
        assert_eq!(
            told(&map, mapped_all),
            json!({
                "a b": {"kind": "claim", "rule": "${context.tokenset[\"a b\"]}"},
                "department": {"kind": "claim", "rule": "${context.userinfo.department}"},
                "email": {"kind": "claim", "rule": "${context.tokenset.email}"},
                "email_verified": {"kind": "default"},
                "family_name": {"kind": "claim", "rule": "${context.tokenset.family_name}"},
                "given_name": {"kind": "claim", "rule": "${context.tokenset.given_name}"},
                "name": {"kind": "fallback", "attributes": ["given_name", "family_name"]},
                "nickname": {"kind": "fallback", "attributes": ["email"]},
            })
        );
        let map = use_map(json!({"tier": 3, "teams": ["${context.tokenset.team}"], "email_verified": true}));
        assert_eq!(
            told(&map, mapped(&map, &json!({"team": "red"}), None)),
            json!({
                "tier": {"kind": "map", "rule": 3},
                "teams": {"kind": "map", "rule": ["${context.tokenset.team}"]},
            })
        );
    }

    #[test]
    fn what_is_nested_too_deep_is_left_out() {
        let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        let tokenset =
            json!({"fits": nested(limits::PROFILE_DEPTH), "deep": nested(limits::PROFILE_DEPTH + 1)});
        let mapped = mapped(&by_mode(MappingMode::BindAll), &tokenset, None);
        assert!(mapped.profile.contains_key("fits") && !mapped.profile.contains_key("deep"));
        assert_eq!(mapped.dropped[0].attribute, "deep");
    }

    #[test]
    fn what_is_made_of_other_attributes_counts_too() {
        let third = "x".repeat(limits::PROFILE_BYTES / 3);
        let tokenset = json!({"given_name": third, "family_name": third});
        assert!(map_claims(&by_mode(MappingMode::BindAll), &ClaimContext::sample(&tokenset, None)).is_err());
    }

    /// Names that mean something here, and any others.
    fn name() -> impl proptest::strategy::Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(BASIC_PROFILE.to_vec()).prop_map(str::to_owned),
            prop::sample::select(RESERVED_ATTRIBUTES.to_vec()).prop_map(str::to_owned),
            "[a-c]",
            "\\PC{0,12}",
        ]
    }

    /// Anything a provider could send, small and large, flat and deep.
    fn claim() -> BoxedStrategy<Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,20}".prop_map(Value::from),
            prop_oneof![Just(1_usize), Just(30_000), Just(limits::PROFILE_BYTES)]
                .prop_map(|length| Value::from("\"\\".repeat(length / 2))),
            "[a-z]{1,5}@[a-z]{1,5}".prop_map(Value::from),
            (1..200_usize).prop_map(|levels| (0..levels).fold(json!(1), |inner, _| json!([inner]))),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(name(), inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
        .boxed()
    }

    fn claims() -> impl proptest::strategy::Strategy<Value = Value> {
        prop::collection::btree_map(name(), claim(), 0..8)
            .prop_map(|claims| Value::Object(claims.into_iter().collect()))
    }

    /// Entries of a map, malformed ones too: the database may hold what an earlier version let through.
    fn rule() -> impl proptest::strategy::Strategy<Value = Value> {
        let template = "(\\PC|\\$\\{context\\.(tokenset|userinfo)\\.(email|[a-c])( \\|\\| context\\.tokenset\\.[a-c])?\\}){0,6}"
            .prop_map(Value::from);
        prop_oneof![template.clone(), prop::collection::vec(template, 0..4).prop_map(Value::from), claim()]
    }

    proptest! {
        #[test]
        fn whatever_comes_the_profile_keeps_its_limits_and_can_be_read_back(
            tokenset in claims(),
            userinfo in prop::option::of(claims()),
            attributes in prop::collection::btree_map(name(), rule(), 0..8),
        ) {
            for mapping_mode in [MappingMode::UseMap, MappingMode::BindAll, MappingMode::BasicProfile] {
                let map = AttributeMap { mapping_mode, attributes: attributes.clone(), ..AttributeMap::default() };
                let Ok(mapped) = map_claims(&map, &ClaimContext::sample(&tokenset, userinfo.as_ref())) else { continue };
                let stored = serde_json::to_string(&mapped.profile).unwrap();
                prop_assert!(stored.len() <= limits::PROFILE_BYTES, "{} bytes", stored.len());
                let read: Result<Map<String, Value>, _> = serde_json::from_str(&stored);
                prop_assert!(read.is_ok(), "{read:?}");
                prop_assert!(mapped.rules.keys().eq(mapped.profile.keys()), "{mapped:?}");
                for name in mapped.profile.keys() {
                    prop_assert!(refusal_of_attribute_name(name).is_none(), "{name}");
                }
            }
        }

        #[test]
        fn no_template_produces_a_reserved_attribute(
            position in 0..RESERVED_ATTRIBUTES.len(),
            rule in "(\\PC|\\$\\{context\\.tokenset\\.[a-z]{1,3}\\}){0,8}",
            other in "\\PC{0,12}",
        ) {
            let reserved = RESERVED_ATTRIBUTES[position];
            let attributes: std::collections::BTreeMap<String, Value> =
                [(reserved.to_owned(), json!(rule)), (other, json!(rule))].into();
            let tokenset = json!({reserved: "claimed", "a": 1});
            for mapping_mode in [MappingMode::UseMap, MappingMode::BindAll, MappingMode::BasicProfile] {
                let map = AttributeMap { mapping_mode, attributes: attributes.clone(), ..AttributeMap::default() };
                let mapped = mapped(&map, &tokenset, None);
                for name in mapped.profile.keys() {
                    prop_assert!(!RESERVED_ATTRIBUTES.contains(&name.as_str()), "{name}");
                }
            }
        }
    }
}
