//! `response_type`: what the authorization endpoint answers with (OAuth 2.0 Multiple Response Types).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A combination this hub knows; `token` alone is not among them (RFC 9700 §2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum ResponseType {
    Code,
    IdToken,
    IdTokenToken,
    CodeIdToken,
    CodeToken,
    CodeIdTokenToken,
    /// Nothing but the fact that the person said yes (§4).
    None,
}

/// A name that is no [`ResponseType`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a response type this hub knows")]
pub struct UnknownResponseType;

impl ResponseType {
    pub const ALL: [Self; 7] = [
        Self::Code,
        Self::IdToken,
        Self::IdTokenToken,
        Self::CodeIdToken,
        Self::CodeToken,
        Self::CodeIdTokenToken,
        Self::None,
    ];

    /// The name in requests and metadata, its words in the order of the specification.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::IdToken => "id_token",
            Self::IdTokenToken => "id_token token",
            Self::CodeIdToken => "code id_token",
            Self::CodeToken => "code token",
            Self::CodeIdTokenToken => "code id_token token",
            Self::None => "none",
        }
    }

    /// The response type of this name, its words in any order (RFC 6749 §3.1.1).
    pub fn from_name(name: &str) -> Option<Self> {
        let words = |text: &'static str| {
            let mut words: Vec<&str> = text.split(' ').collect();
            words.sort_unstable();
            words
        };
        let mut asked: Vec<&str> = name.split(' ').collect();
        asked.sort_unstable();
        Self::ALL.into_iter().find(|known| words(known.name()) == asked)
    }

    /// Whether the answer holds an authorization code.
    pub const fn has_code(self) -> bool {
        matches!(self, Self::Code | Self::CodeIdToken | Self::CodeToken | Self::CodeIdTokenToken)
    }

    /// Whether the answer itself holds an ID token.
    pub const fn has_id_token(self) -> bool {
        matches!(self, Self::IdToken | Self::IdTokenToken | Self::CodeIdToken | Self::CodeIdTokenToken)
    }

    /// Whether the answer itself holds an access token.
    pub const fn has_token(self) -> bool {
        matches!(self, Self::IdTokenToken | Self::CodeToken | Self::CodeIdTokenToken)
    }
}

impl fmt::Display for ResponseType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<String> for ResponseType {
    type Error = UnknownResponseType;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::from_name(&name).ok_or(UnknownResponseType)
    }
}

impl From<ResponseType> for &'static str {
    fn from(response_type: ResponseType) -> Self {
        response_type.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_name_stand_in_any_order() {
        for known in ResponseType::ALL {
            assert_eq!(ResponseType::from_name(known.name()), Some(known));
            let backwards = known.name().split(' ').rev().collect::<Vec<_>>().join(" ");
            assert_eq!(ResponseType::from_name(&backwards), Some(known), "{backwards}");
            assert_eq!(known.has_code(), known.name().contains("code"));
            assert_eq!(known.has_id_token(), known.name().contains("id_token"));
            let has_token = known.name().split(' ').any(|word| word == "token");
            assert_eq!(known.has_token(), has_token, "{known}");
        }
    }

    #[test]
    fn other_names_are_unknown() {
        for name in [
            "",
            "token",
            "CODE",
            "code code",
            "code  id_token",
            " code",
            "code none",
            "id_token id_token token",
        ] {
            assert_eq!(ResponseType::from_name(name), None, "{name:?}");
        }
    }
}
