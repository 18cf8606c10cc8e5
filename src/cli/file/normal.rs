//! An application or connection in its normal form: every property that counts, defaults included, and nothing else.
//!
//! The rules are the hub's own (`domain`), so a file means the same here and there, and what is wrong with it is known
//! before anything is sent.

use serde_json::{Map, Value, json};

use crate::domain::client::{client_json, new_client};
use crate::domain::clock::Timestamp;
use crate::domain::connection::{connection_json, new_connection};
use crate::domain::problem::Problem;

pub(super) type Properties = Map<String, Value>;

/// What only the hub sets, or shows twice.
const OF_THE_HUB: [&str; 12] = [
    "id",
    "client_id",
    "logo_path",
    "callback_url",
    "has_client_secret",
    "must_rotate_client_secret",
    "post_logout_redirect_uris",
    "oidc_logout",
    "is_system",
    "status",
    "created_at",
    "updated_at",
];
const OPTIONS_OF_THE_HUB: [&str; 4] =
    ["has_client_secret", "send_back_channel_nonce", "oidc_metadata", "schema_version"];
/// What says what an item is, and stays in a file though it may be what goes without saying.
const IDENTITY: [&str; 4] = ["name", "strategy", "app_type", "is_first_party"];
const IDENTITY_OF_OPTIONS: [&str; 8] = [
    "type",
    "redirect_uri",
    "preset",
    "client_id",
    "discovery_url",
    "issuer",
    "authorization_endpoint",
    "token_endpoint_auth_method",
];
/// Stands for a secret that is not in the file.
const SOME_SECRET: &str = "some-secret";

/// What sort of item it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Application,
    Connection,
}

impl Sort {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Connection => "connection",
        }
    }

    /// The normal form of what a file says; a connection's applications and secret are not in it.
    ///
    /// # Errors
    /// All problems of the item.
    pub(super) fn normal(self, item: &Properties, has_secret: bool) -> Result<Properties, Vec<Problem>> {
        // Long ago: an expired secret is no reason to refuse a file.
        let then = Timestamp::from_seconds(0);
        let shown = match self {
            Self::Application => client_json(&new_client(item, "", then)?),
            Self::Connection => {
                let mut item = item.clone();
                if has_secret && let Some(Value::Object(options)) = item.get_mut("options") {
                    options.insert("client_secret".into(), json!(SOME_SECRET));
                }
                // Whether plain http will do is for the hub to say.
                connection_json(&new_connection(&item, "", true, then)?, None)
            }
        };
        Ok(of_the_hub(&shown))
    }

    /// What a file has to say for an item to become what it is on the hub.
    pub(super) fn written(self, normal: &Properties, has_secret: bool) -> Properties {
        let short = self.identity(normal);
        let short = self.normal(&short, has_secret).map(|usual| without_usual(normal, &usual, &IDENTITY));
        // A default that depends on another property is not understood by leaving it out.
        let is_same = |item: &Properties| self.normal(item, has_secret).as_ref() == Ok(normal);
        short.ok().filter(is_same).unwrap_or_else(|| normal.clone())
    }

    fn identity(self, normal: &Properties) -> Properties {
        let mut item = chosen(normal, &IDENTITY);
        if let (Self::Connection, Some(Value::Object(options))) = (self, normal.get("options")) {
            item.insert("options".into(), Value::Object(chosen(options, &IDENTITY_OF_OPTIONS)));
        }
        item
    }
}

/// The normal form of what the hub shows.
pub(super) fn of_the_hub(shown: &Value) -> Properties {
    let mut item = shown.as_object().cloned().unwrap_or_default();
    OF_THE_HUB.into_iter().for_each(|name| drop(item.remove(name)));
    item.remove("enabled_clients");
    if let Some(Value::Object(options)) = item.get_mut("options") {
        OPTIONS_OF_THE_HUB.into_iter().for_each(|name| drop(options.remove(name)));
    }
    without_nulls(&mut item);
    item
}

/// Absent and null are the same.
fn without_nulls(object: &mut Properties) {
    object.retain(|_, value| !value.is_null());
    for value in object.values_mut() {
        if let Value::Object(inner) = value {
            without_nulls(inner);
        }
    }
}

fn chosen(from: &Properties, names: &[&str]) -> Properties {
    from.iter()
        .filter(|(name, _)| names.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// `normal` without what is `usual`, but for its identity; a null where what is usual does not hold.
fn without_usual(normal: &Properties, usual: &Properties, identity: &[&str]) -> Properties {
    let mut short = Properties::new();
    for (name, value) in normal {
        match (value, usual.get(name)) {
            (Value::Object(inner), Some(Value::Object(usual))) if name == "options" => {
                short.insert(name.clone(), Value::Object(without_usual(inner, usual, &IDENTITY_OF_OPTIONS)));
            }
            (value, Some(usual)) if value == usual && !identity.contains(&name.as_str()) => {}
            _ => drop(short.insert(name.clone(), value.clone())),
        }
    }
    for name in usual.keys().filter(|name| !normal.contains_key(*name)) {
        short.insert(name.clone(), Value::Null);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Properties {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_goes_without_saying_is_not_written_and_means_the_same() {
        for (sort, item, expected) in [
            (
                Sort::Application,
                json!({"name": "Shop", "callbacks": ["https://shop.example/callback"]}),
                json!({"name": "Shop", "app_type": "regular_web", "is_first_party": true,
                       "callbacks": ["https://shop.example/callback"]}),
            ),
            (
                Sort::Connection,
                json!({"name": "acme", "strategy": "oidc", "options": {
                    "preset": "okta", "discovery_url": "https://acme.okta.com", "client_id": "x",
                    "groups_claim": null, "scope": "openid email",
                }}),
                json!({"name": "acme", "strategy": "oidc", "options": {
                    "type": "back_channel", "redirect_uri": "connection", "preset": "okta", "discovery_url": "https://acme.okta.com",
                    "client_id": "x", "groups_claim": null, "scope": "openid email",
                    "token_endpoint_auth_method": "client_secret_post",
                }}),
            ),
        ] {
            let normal = sort.normal(&object(item), true).unwrap();
            let written = sort.written(&normal, true);
            assert_eq!(Value::Object(written.clone()), expected);
            assert_eq!(sort.normal(&written, true).unwrap(), normal);
        }
    }

    #[test]
    fn a_preset_fills_in_what_a_file_leaves_out_here_as_on_the_hub() {
        let item = json!({"name": "acme", "strategy": "oidc", "options": {
            "preset": "okta", "preset_fields": {"domain": "acme.okta.com"}, "client_id": "x",
        }});
        let normal = Sort::Connection.normal(&object(item), true).unwrap();
        let options = normal["options"].as_object().unwrap();
        assert_eq!(options["discovery_url"], "https://acme.okta.com");
        assert_eq!(options["groups_claim"], "groups");
        assert!(!options.contains_key("client_secret") && !normal.contains_key("enabled_clients"));
    }

    #[test]
    fn problems_are_found_before_a_hub_is_asked() {
        let item =
            json!({"name": "a--b", "strategy": "oidc", "options": {"client_id": "x", "scope": "email"}});
        let problems = Sort::Connection.normal(&object(item), true).unwrap_err();
        let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["name", "options.scope", "options.discovery_url"]);
    }
}
