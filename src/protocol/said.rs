//! What somebody said, as far as it is kept, logged or told again: so many bytes and no more, and nothing in it that a
//! reader does not see.

use std::fmt;
use std::ops::Deref;

use serde::{Serialize, Serializer};

/// Stands where a text was cut.
const CUT: char = '…';
/// Stands where a character was that nobody would see.
const UNSEEN: char = '\u{fffd}';

/// Text of at most `BYTES` bytes, of which at least three: longer text is cut and ends with an ellipsis. Line breaks and
/// tabs became blanks; other control characters, and those that hide text or turn its direction, a replacement character.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Said<const BYTES: usize>(Box<str>);

impl<const BYTES: usize> Said<BYTES> {
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.len() <= BYTES && !text.contains(is_unseen) {
            return Self(text.into());
        }
        Self(bounded(&text, BYTES).into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `text` with what is not seen replaced, cut to `bytes` bytes.
fn bounded(text: &str, bytes: usize) -> String {
    let mut said = String::with_capacity(bytes.min(text.len()));
    // How much of it stays where it has to be cut.
    let mut whole = 0;
    for character in text.chars().map(seen) {
        if said.len() + character.len_utf8() > bytes {
            said.truncate(whole);
            said.push(CUT);
            return said;
        }
        said.push(character);
        if said.len() + CUT.len_utf8() <= bytes {
            whole = said.len();
        }
    }
    said
}

fn seen(character: char) -> char {
    match character {
        '\n' | '\r' | '\t' => ' ',
        unseen if is_unseen(unseen) => UNSEEN,
        other => other,
    }
}

/// Control characters, line separators, and what hides text or turns its direction (Unicode UAX #9 §2, UTS #39). The
/// joiners U+200C and U+200D stay: names are spelled with them.
pub fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

impl<const BYTES: usize> Deref for Said<BYTES> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const BYTES: usize> AsRef<str> for Said<BYTES> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<const BYTES: usize> From<&str> for Said<BYTES> {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl<const BYTES: usize> From<String> for Said<BYTES> {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl<const BYTES: usize> From<Said<BYTES>> for String {
    fn from(said: Said<BYTES>) -> Self {
        said.0.into()
    }
}

impl<const BYTES: usize> PartialEq<str> for Said<BYTES> {
    fn eq(&self, text: &str) -> bool {
        *self.0 == *text
    }
}

impl<const BYTES: usize> PartialEq<&str> for Said<BYTES> {
    fn eq(&self, text: &&str) -> bool {
        *self.0 == **text
    }
}

impl<const BYTES: usize> PartialEq<String> for Said<BYTES> {
    fn eq(&self, text: &String) -> bool {
        *self.0 == **text
    }
}

impl<const BYTES: usize> fmt::Display for Said<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&*self.0, f)
    }
}

impl<const BYTES: usize> fmt::Debug for Said<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl<const BYTES: usize> Serialize for Said<BYTES> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_to_its_bytes_between_two_characters_and_says_so() {
        for (text, expected) in [
            ("", ""),
            ("exactly10!", "exactly10!"),
            ("exactly 11!", "exactly…"),
            ("ééééé", "ééééé"),
            ("éééééé", "ééé…"),
            ("€€€€", "€€…"),
            ("a€€€€", "a€€…"),
        ] {
            let said = Said::<10>::new(text);
            assert_eq!(said, expected, "{text}");
            assert!(said.len() <= 10, "{said}");
        }
        for length in 0..40 {
            for letter in ["a", "é", "€", "🦀", "\0"] {
                let said = Said::<17>::new(letter.repeat(length));
                assert!(said.len() <= 17, "{length} {letter:?}: {}", said.len());
            }
        }
    }

    #[test]
    fn nothing_stays_in_it_that_a_reader_does_not_see() {
        let said = Said::<200>::new("a\0b\u{1b}[31m\u{202e}c\u{2066}d\u{85}\u{feff}\u{200b}\u{e0041}\r\n\te");
        assert_eq!(said, "a�b�[31m�c�d����   e");
        assert!(!said.contains(is_unseen));
        assert_eq!(Said::<200>::new("Élise \u{644}\u{200c} 名前 🦀"), "Élise \u{644}\u{200c} 名前 🦀");
    }
}
