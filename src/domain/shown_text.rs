//! Names and descriptions that people read: what stands on the page must be what was written, character by character.
//!
//! Marks that turn the direction of text around, or that nobody sees, let one name pass for another; a blank that is no
//! blank hides how a name goes on. Names of applications come from whoever registers one, so they are refused there, and
//! what an application says in a request is shown with such characters spelled out.

use std::borrow::Cow;
use std::ops::RangeInclusive;

/// Most marks above and below one letter: enough for every language, too few to reach into the next line.
const MARKS_ON_ONE_LETTER: usize = 3;

/// Control and format characters (Unicode general categories Cc and Cf), those that have no shape or width of their own
/// (`Default_Ignorable_Code_Point`), separators of lines, private use, and what is no character.
const UNSEEN: [RangeInclusive<char>; 42] = [
    '\0'..='\u{1f}',
    '\u{7f}'..='\u{9f}',
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{600}'..='\u{605}',
    '\u{61c}'..='\u{61c}',
    '\u{6dd}'..='\u{6dd}',
    '\u{70f}'..='\u{70f}',
    '\u{890}'..='\u{891}',
    '\u{8e2}'..='\u{8e2}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{e000}'..='\u{f8ff}',
    '\u{fdd0}'..='\u{fdef}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{fffe}'..='\u{ffff}',
    '\u{110bd}'..='\u{110bd}',
    '\u{110cd}'..='\u{110cd}',
    '\u{13430}'..='\u{1345f}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d159}'..='\u{1d159}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{1fffe}'..='\u{1ffff}',
    '\u{2fffe}'..='\u{2ffff}',
    '\u{3fffe}'..='\u{3ffff}',
    '\u{4fffe}'..='\u{4ffff}',
    '\u{5fffe}'..='\u{5ffff}',
    '\u{6fffe}'..='\u{6ffff}',
    '\u{7fffe}'..='\u{7ffff}',
    '\u{8fffe}'..='\u{8ffff}',
    '\u{9fffe}'..='\u{9ffff}',
    '\u{afffe}'..='\u{affff}',
    // Tags and further selectors; beyond them is nothing but private use.
    '\u{bfffe}'..='\u{10ffff}',
];

/// Marks that stand above, below or around the letter before them.
const MARKS: [RangeInclusive<char>; 7] = [
    '\u{300}'..='\u{36f}',
    '\u{483}'..='\u{489}',
    '\u{591}'..='\u{5bd}',
    '\u{1ab0}'..='\u{1aff}',
    '\u{1dc0}'..='\u{1dff}',
    '\u{20d0}'..='\u{20ff}',
    '\u{fe20}'..='\u{fe2f}',
];

/// Whether a person can neither see nor tell what this character is: unseen, of another direction, or a blank that is
/// not the ordinary one.
fn is_hidden(letter: char) -> bool {
    is_unseen(letter) || is_odd_blank(letter)
}

fn is_unseen(letter: char) -> bool {
    is_among(&UNSEEN, letter)
}

/// Whether one of `ranges`, which are in order, has the letter.
fn is_among(ranges: &[RangeInclusive<char>], letter: char) -> bool {
    let after = ranges.partition_point(|range| *range.start() <= letter);
    after.checked_sub(1).and_then(|last| ranges.get(last)).is_some_and(|range| letter <= *range.end())
}

fn is_odd_blank(letter: char) -> bool {
    letter.is_whitespace() && letter != ' '
}

fn is_mark(letter: char) -> bool {
    is_among(&MARKS, letter)
}

/// Checks a name or a description.
///
/// # Errors
/// What must not be in it, as the rest of a sentence that begins with the property's name.
pub fn check_shown_text(text: &str) -> Result<(), String> {
    if let Some(hidden) = text.chars().find(|letter| is_hidden(*letter)) {
        let number = u32::from(hidden);
        return Err(if is_odd_blank(hidden) && !is_unseen(hidden) {
            format!("must not contain the blank U+{number:04X}; write an ordinary space")
        } else {
            format!(
                "must not contain U+{number:04X}: control characters and others that are not seen, or that turn the \
                 direction of the text, are refused; leave it out"
            )
        });
    }
    let mut marks = 0;
    for letter in text.chars() {
        marks = if is_mark(letter) { marks + 1 } else { 0 };
        if marks > MARKS_ON_ONE_LETTER {
            return Err(format!("must not have more than {MARKS_ON_ONE_LETTER} marks on one letter"));
        }
    }
    if text.starts_with(is_mark) {
        return Err("must not begin with a mark that belongs on a letter".into());
    }
    Ok(())
}

/// `text` with every hidden character spelled out, as `[U+202E]`.
pub fn spelled_out(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hidden(letter) {
            shown.push_str(&format!("[U+{:04X}]", u32::from(letter)));
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

/// `text` as a name on a page: without what nobody sees, and with ordinary spaces alone. Names of people come from
/// providers, where such characters are common in good faith (inside of emoji), and nobody decides by them.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let shown = |letter: char| if is_odd_blank(letter) { ' ' } else { letter };
    Cow::Owned(text.chars().filter(|letter| !is_unseen(*letter)).map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_every_language_are_fine() {
        for name in [
            "Acme Notes",
            "Café Größe",
            "Cafe\u{301} de\u{302}\u{301}co",
            "Заметки",
            "ノート アプリ",
            "한국어",
            "יומן עבודה",
            "دفتر الملاحظات",
            "नोट्स",
            "บันทึก",
            "Rock & Roll (2.0) – “best”",
            "Notes ★ 🚀",
            "",
        ] {
            assert_eq!(check_shown_text(name), Ok(()), "{name}");
            assert_eq!((spelled_out(name), visible(name)), (name.into(), name.into()));
        }
    }

    #[test]
    fn a_name_holds_nothing_that_is_not_seen() {
        for hidden in [
            '\0',
            '\n',
            '\t',
            '\u{7f}',
            '\u{85}',
            '\u{a0}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1680}',
            '\u{180e}',
            '\u{2000}',
            '\u{2003}',
            '\u{2009}',
            '\u{200a}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202b}',
            '\u{202c}',
            '\u{202d}',
            '\u{202e}',
            '\u{202f}',
            '\u{205f}',
            '\u{2060}',
            '\u{2061}',
            '\u{2066}',
            '\u{2067}',
            '\u{2068}',
            '\u{2069}',
            '\u{206a}',
            '\u{2800}',
            '\u{3000}',
            '\u{3164}',
            '\u{e000}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff9}',
            '\u{ffff}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e01ef}',
            '\u{f0000}',
            '\u{10ffff}',
        ] {
            let name = format!("Acme{hidden}Notes");
            let problem = check_shown_text(&name).unwrap_err();
            assert!(problem.contains(&format!("U+{:04X}", u32::from(hidden))), "{problem}");
            assert_eq!(spelled_out(&name), format!("Acme[U+{:04X}]Notes", u32::from(hidden)));
            assert!(["AcmeNotes", "Acme Notes"].contains(&visible(&name).as_ref()), "{name:?}");
        }
    }

    #[test]
    fn the_ranges_are_in_order() {
        assert!(UNSEEN.is_sorted_by(|one, next| one.end() < next.start()));
        assert!(MARKS.is_sorted_by(|one, next| one.end() < next.start()));
    }

    #[test]
    fn a_name_stays_in_its_line() {
        assert!(check_shown_text(&format!("Z{}", "\u{30d}".repeat(4))).is_err());
        assert!(check_shown_text("\u{30d}Z").is_err());
    }
}
