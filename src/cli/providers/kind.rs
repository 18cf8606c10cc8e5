//! `--kind`: what sort of provider it is, as typed here and as the hub calls the preset.

use serde_json::Value;

use crate::domain::preset::{find_preset, preset_json};

/// What may be typed, and the preset behind it; a plain provider has none. Of two names for one preset the first is shown.
const KINDS: [(&str, Option<&str>); 12] = [
    ("oidc", None),
    ("okta", Some("okta")),
    ("azure", Some("entra")),
    ("entra", Some("entra")),
    ("google", Some("google")),
    ("keycloak", Some("keycloak")),
    ("auth0", Some("auth0")),
    ("ping", Some("ping")),
    ("onelogin", Some("onelogin")),
    ("adfs", Some("adfs")),
    ("vestibule", Some("vestibule")),
    ("generic", Some("generic")),
];

/// The names for the command line; `generic` is the preset's own word for `oidc`.
pub(super) const NAMES: [&str; 11] = [
    "oidc",
    "okta",
    "azure",
    "entra",
    "google",
    "keycloak",
    "auth0",
    "ping",
    "onelogin",
    "adfs",
    "vestibule",
];

/// A kind, and what is known about it.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    /// For the hub; `None`: a plain provider.
    pub(super) preset: Option<&'static str>,
    known: Value,
}

/// A question that a kind asks, beside client id and secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) name: String,
    /// What it is, an example, and where the provider shows it.
    pub(super) words: String,
    /// Its answer is an address.
    pub(super) is_address: bool,
    is_required: bool,
}

impl Kind {
    /// The kind of that name.
    pub(super) fn of(name: &str) -> Option<Self> {
        let (_, preset) = KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        let known = preset.and_then(find_preset).map(preset_json).unwrap_or_default();
        Some(Self { preset: *preset, known })
    }

    /// Whether `answered` names what it takes to find the provider without `--url`.
    pub(super) fn unanswered(&self, answered: &[&str]) -> Option<Vec<Question>> {
        let urls = self.known.get("discovery_urls").and_then(Value::as_array)?;
        if urls.is_empty() {
            return None;
        }
        let open = |question: &Question| question.is_required && !answered.contains(&question.name.as_str());
        Some(self.questions().into_iter().filter(open).collect())
    }

    /// What decides the provider's address.
    pub(super) fn questions(&self) -> Vec<Question> {
        let fields = self.known.get("fields").and_then(Value::as_array).into_iter().flatten();
        fields.filter_map(question).collect()
    }

    /// What the hub takes for an option that the body leaves out.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        self.known.get("options")?.get(name)?.as_str()
    }

    /// How to register the hub at such a provider, and how such providers surprise.
    pub(super) fn advice(&self) -> Vec<&str> {
        let traps = self.known.get("traps").and_then(Value::as_array).into_iter().flatten();
        let setup = self.known.get("setup").and_then(english);
        setup.into_iter().chain(traps.filter_map(|trap| english(trap.get("text")?))).collect()
    }
}

fn english(words: &Value) -> Option<&str> {
    words.get("en")?.as_str()
}

fn question(field: &Value) -> Option<Question> {
    let text = |name: &str| field.get(name).and_then(Value::as_str);
    // The others are options of the connection, with flags of their own.
    if !text("path")?.starts_with("options.preset_fields.") {
        return None;
    }
    let label = field.get("label").and_then(english).unwrap_or_default();
    let example = text("example").map(|example| format!(", for instance {example}")).unwrap_or_default();
    let place = field.get("where").and_then(english).unwrap_or_default();
    Some(Question {
        name: text("name")?.to_owned(),
        words: format!("{label}{example}. {place}"),
        is_address: matches!(text("kind"), Some("host" | "url")),
        is_required: field.get("required").and_then(Value::as_bool).unwrap_or(true),
    })
}

/// The kind of a connection, as one would type it.
pub(super) fn kind_of(connection: &Value) -> &str {
    if connection.get("strategy").and_then(Value::as_str) == Some("local") {
        return "local";
    }
    let preset = connection.get("options").and_then(|options| options.get("preset")?.as_str());
    match preset {
        None | Some("generic") => "oidc",
        Some(preset) => {
            let known = KINDS.iter().find(|(_, known)| *known == Some(preset));
            known.map_or(preset, |(name, _)| name)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::preset::PRESETS;

    #[test]
    fn every_preset_has_a_kind_and_every_kind_a_preset_that_exists() {
        for (name, preset) in KINDS {
            let kind = Kind::of(name).unwrap();
            assert_eq!(kind.preset, preset);
            assert_eq!(kind.known.is_null(), preset.is_none(), "{name}");
        }
        for preset in PRESETS.iter() {
            assert!(KINDS.iter().any(|(_, known)| *known == Some(preset.name.as_str())), "{}", preset.name);
            let shown = kind_of(&json!({"options": {"preset": preset.name}})).to_owned();
            assert!(NAMES.contains(&shown.as_str()), "{shown}");
        }
        assert_eq!(kind_of(&json!({"strategy": "oidc", "options": {"preset": "entra"}})), "azure");
        assert_eq!(kind_of(&json!({"strategy": "local", "options": {}})), "local");
        assert!(Kind::of("saml").is_none());
    }

    #[test]
    fn a_kind_knows_what_it_takes_to_find_the_provider() {
        let open = |kind: &str, answered: &[&str]| {
            let open = Kind::of(kind).unwrap().unanswered(answered)?;
            Some(open.into_iter().map(|question| question.name).collect::<Vec<_>>())
        };
        assert_eq!(open("oidc", &[]), None, "only an address");
        assert_eq!(open("google", &[]), Some(vec![]));
        assert_eq!(open("ping", &["region"]), Some(vec!["environment_id".to_owned()]));
        assert_eq!(open("okta", &["domain"]), Some(vec![]), "the authorization server is optional");
    }
}
