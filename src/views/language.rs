//! The texts of one language: `templates/languages/<tag>.json`, flat, `{name}` marks an inserted value.

use std::collections::BTreeMap;

use super::{ViewError, template_text};
use crate::domain::locale::Locale;

pub(super) struct Language {
    texts: BTreeMap<String, String>,
}

/// Why a text could not be filled in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TextError {
    #[error("no text for {key}")]
    Unknown { key: String },
    #[error("the text {key} wants {{{name}}}")]
    ValueMissing { key: String, name: String },
}

impl Language {
    pub(super) fn load(locale: Locale) -> Result<Language, ViewError> {
        let file = format!("languages/{}.json", locale.tag());
        let text = template_text(&file)?;
        serde_json::from_str(&text).map(Language::new).map_err(|source| ViewError::Language { file, source })
    }

    pub(super) fn new(texts: BTreeMap<String, String>) -> Language {
        Language { texts }
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    /// The text with its placeholders replaced, in one pass: an inserted value is never read as a placeholder.
    pub(super) fn fill(&self, key: &str, values: &BTreeMap<&str, String>) -> Result<String, TextError> {
        let mut rest = self.text(key).ok_or_else(|| TextError::Unknown { key: key.to_owned() })?;
        let mut filled = String::with_capacity(rest.len());
        while let Some((before, name, after)) = next_placeholder(rest) {
            let value = values
                .get(name)
                .ok_or_else(|| TextError::ValueMissing { key: key.to_owned(), name: name.to_owned() })?;
            filled.push_str(before);
            filled.push_str(value);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    #[cfg(test)]
    pub(super) fn texts(&self) -> &BTreeMap<String, String> {
        &self.texts
    }
}

/// Splits at the first `{name}`.
pub(super) fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, opened) = text.split_once('{')?;
    let (name, after) = opened.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language() -> Language {
        let text = ("greeting".to_owned(), "Sign in to {client} as {person}.".to_owned());
        Language::new(BTreeMap::from([text]))
    }

    #[test]
    fn values_are_inserted_once_and_never_read_again() {
        let values = BTreeMap::from([("client", "{person}".to_owned()), ("person", "Ada".to_owned())]);
        assert_eq!(language().fill("greeting", &values).unwrap(), "Sign in to {person} as Ada.");
    }

    #[test]
    fn a_missing_text_or_value_is_named() {
        let unknown = language().fill("farewell", &BTreeMap::new()).unwrap_err();
        assert_eq!(unknown.to_string(), "no text for farewell");
        let missing = language().fill("greeting", &BTreeMap::new()).unwrap_err();
        assert_eq!(missing.to_string(), "the text greeting wants {client}");
    }
}
