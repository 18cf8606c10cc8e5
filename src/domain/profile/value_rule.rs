//! The rule behind each value of a profile, for whoever asks why it is what it is.

use serde_json::{Value, json};

use super::template::{Source, claim_path};
use crate::domain::connection::AttributeMap;

/// Where the value of an attribute comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueRule {
    /// The claim of the same name.
    Claim(Source),
    /// The attribute's entry in the map.
    Mapped,
    /// Made of these attributes, since the attribute itself is missing.
    Fallback(&'static [&'static str]),
    /// The provider did not say.
    Default,
    /// This option of the connection, whatever the map says.
    Setting(&'static str),
    /// The address is at another connection's domain.
    OthersDomain,
    /// Two readers may disagree about the domain of the address.
    UnreadableAddress,
}

impl ValueRule {
    /// The rule of `attribute` as the Management API tells it.
    pub fn json(self, attribute: &str, map: &AttributeMap) -> Value {
        match self {
            Self::Claim(source) => {
                json!({"kind": "claim", "rule": format!("${{{}}}", claim_path(source, attribute))})
            }
            Self::Mapped => json!({"kind": "map", "rule": map.attributes.get(attribute)}),
            Self::Fallback(attributes) => json!({"kind": "fallback", "attributes": attributes}),
            Self::Default => json!({"kind": "default"}),
            Self::Setting(option) => json!({"kind": "option", "rule": option}),
            // Whose it is, is not for the people of this connection.
            Self::OthersDomain => json!({"kind": "others_domain"}),
            Self::UnreadableAddress => json!({"kind": "unreadable_address"}),
        }
    }
}
