//! Presets: what is known about a kind of provider, one file of data each in `presets/`.

mod apply;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::fields::Fields;

pub use apply::{apply_preset, refuse_other_preset};

const FILES: [&str; 10] = [
    include_str!("../../../presets/okta.json"),
    include_str!("../../../presets/entra.json"),
    include_str!("../../../presets/google.json"),
    include_str!("../../../presets/keycloak.json"),
    include_str!("../../../presets/auth0.json"),
    include_str!("../../../presets/ping.json"),
    include_str!("../../../presets/onelogin.json"),
    include_str!("../../../presets/adfs.json"),
    include_str!("../../../presets/vestibule.json"),
    include_str!("../../../presets/generic.json"),
];

/// Every preset. A test reads each file, so none is left out here.
pub static PRESETS: LazyLock<Vec<Preset>> =
    LazyLock::new(|| FILES.iter().filter_map(|file| serde_json::from_str(file).ok()).collect());

/// The preset of that name.
pub fn find_preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name.eq_ignore_ascii_case(name))
}

/// `preset` of a connection's options.
pub fn read_preset(fields: &mut Fields<'_>) -> Option<String> {
    let known: Vec<(&str, &str)> =
        PRESETS.iter().map(|preset| (preset.name.as_str(), preset.name.as_str())).collect();
    fields.choice("preset", &known).map(str::to_owned)
}

/// What is known about a kind of provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    pub name: String,
    pub display_name: String,
    /// Where its console makes an application, and where our callback URL goes.
    setup: Words,
    fields: Vec<PresetField>,
    /// Where it is discovered, made of the answers; the first of which all are given.
    discovery_urls: Vec<String>,
    /// Options of a connection, where its body says nothing.
    options: Map<String, Value>,
    traps: Vec<Trap>,
}

/// One thing to ask the administrator.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PresetField {
    name: String,
    kind: FieldKind,
    label: Words,
    /// Where the provider's console shows it.
    #[serde(rename = "where")]
    place: Words,
    #[serde(default)]
    example: Option<String>,
    #[serde(default)]
    choices: Vec<String>,
    #[serde(default)]
    is_optional: bool,
    /// It is an option of the connection by this name; all others make the discovery URL.
    #[serde(default)]
    is_option: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FieldKind {
    /// The host of a web address.
    Host,
    /// One part of a web address.
    Segment,
    Url,
    Choice,
    Text,
    Secret,
}

/// A way this kind of provider surprises.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trap {
    code: String,
    text: Words,
}

/// In every language there is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    en: String,
    fr: String,
}

impl PresetField {
    /// Where the answer goes in the body that makes a connection.
    fn path(&self) -> String {
        let folder = if self.is_option { "options" } else { "options.preset_fields" };
        format!("{folder}.{}", self.name)
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "path": self.path(),
            "kind": self.kind,
            "label": self.label,
            "where": self.place,
            "example": self.example,
            "choices": self.choices,
            "required": !self.is_optional,
        })
    }
}

/// What may be said of every provider, and is known of none before it is asked.
fn redirect_uri_field() -> Value {
    json!({
        "name": "redirect_uri",
        "path": "options.redirect_uri",
        "kind": FieldKind::Choice,
        "label": {"en": "Redirect URI", "fr": "URI de redirection"},
        "where": {
            "en": "connection: one that no other connection has; shared: that of all which share it. Left out, the provider is \
                   asked whether it names itself in its answers.",
            "fr": "connection : une URI qu’aucune autre connexion n’a ; shared : celle de toutes celles qui la partagent. \
                   Sans choix, le fournisseur est interrogé pour savoir s’il se nomme dans ses réponses.",
        },
        "example": "connection",
        "choices": ["connection", "shared"],
        "required": false,
    })
}

/// The preset as the Management API shows it.
pub fn preset_json(preset: &Preset) -> Value {
    json!({
        "name": preset.name,
        "display_name": preset.display_name,
        "setup": preset.setup,
        "fields": preset.fields.iter().map(PresetField::json).chain([redirect_uri_field()]).collect::<Vec<_>>(),
        "discovery_urls": preset.discovery_urls,
        "options": preset.options,
        "traps": preset.traps,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read_and_known_by_its_name() {
        for file in FILES {
            let preset: Preset = serde_json::from_str(file).unwrap();
            assert_eq!(find_preset(&preset.name).unwrap().display_name, preset.display_name);
        }
        let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name.as_str()).collect();
        let expected = [
            "okta",
            "entra",
            "google",
            "keycloak",
            "auth0",
            "ping",
            "onelogin",
            "adfs",
            "vestibule",
            "generic",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn every_preset_asks_for_what_its_address_needs_in_both_languages() {
        for preset in PRESETS.iter() {
            let asked: Vec<&str> = preset.fields.iter().map(|field| field.name.as_str()).collect();
            assert!(asked.contains(&"client_id") && asked.contains(&"client_secret"), "{}", preset.name);
            for url in &preset.discovery_urls {
                for placeholder in url.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()) {
                    assert!(asked.contains(&placeholder), "{}: {placeholder}", preset.name);
                }
            }
            let words = preset.fields.iter().flat_map(|field| [&field.label, &field.place]);
            let words = words.chain(preset.traps.iter().map(|trap| &trap.text)).chain([&preset.setup]);
            for words in words {
                assert!(!words.en.is_empty() && !words.fr.is_empty(), "{}: {words:?}", preset.name);
            }
            assert!(!preset.traps.is_empty(), "{}", preset.name);
        }
    }
}
