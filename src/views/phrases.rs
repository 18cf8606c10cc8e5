//! What diagnoses say, in the language of a page: `templates/languages/findings.<tag>.json`.
//!
//! A diagnosis is kept, logged and told by the API in English. Its sentences are known by their English pattern, in which
//! `{}` stands for any value and `{#}` for a number; the other language says `{1}`, `{2}` where these go. A value is put
//! into words in the same way, and stays as it is where nobody knows it: it is a provider's own.

use std::collections::BTreeMap;

use super::{ViewError, template_text};
use crate::domain::locale::Locale;

/// How deep a sentence may hold others.
const DEPTH: usize = 4;

#[derive(Default)]
pub(super) struct Phrases {
    /// The most particular pattern first.
    patterns: Vec<Pattern>,
}

struct Pattern {
    pieces: Vec<Piece>,
    translation: String,
}

enum Piece {
    Words(String),
    Value,
    Number,
}

impl Phrases {
    /// Of a language; English needs none.
    pub(super) fn load(locale: Locale) -> Result<Self, ViewError> {
        if locale == Locale::En {
            return Ok(Self::default());
        }
        let file = format!("languages/findings.{}.json", locale.tag());
        let text = template_text(&file)?;
        let written: BTreeMap<String, String> =
            serde_json::from_str(&text).map_err(|source| ViewError::Language { file, source })?;
        Ok(Self::new(written))
    }

    fn new(written: BTreeMap<String, String>) -> Self {
        let pattern =
            |(english, translation): (String, String)| Pattern { pieces: pieces(&english), translation };
        let mut patterns: Vec<Pattern> = written.into_iter().map(pattern).collect();
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.words()));
        Self { patterns }
    }

    /// `english` in this language; `None` where its pattern is not known.
    pub(super) fn translate(&self, english: &str) -> Option<String> {
        self.translate_within(english, DEPTH)
    }

    fn translate_within(&self, english: &str, depth: usize) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        // Several findings of one check, or none of them.
        if english.contains("; ") {
            let parts = english.split("; ").map(|part| self.whole(part, depth)).collect::<Option<Vec<_>>>();
            if let Some(parts) = parts {
                return Some(parts.join("\u{a0}; "));
            }
        }
        self.whole(english, depth)
    }

    fn whole(&self, english: &str, depth: usize) -> Option<String> {
        self.patterns.iter().find_map(|pattern| {
            let values = pattern.values(english)?;
            let value = |value: &str| self.translate_within(value, depth).unwrap_or_else(|| value.to_owned());
            Some(filled(&pattern.translation, &values.into_iter().map(value).collect::<Vec<_>>()))
        })
    }
}

impl Pattern {
    /// Letters that have to be there.
    fn words(&self) -> usize {
        let words = self.pieces.iter().map(|piece| match piece {
            Piece::Words(words) => words.len(),
            Piece::Value | Piece::Number => 0,
        });
        words.sum()
    }

    /// What stands in the places of the pattern, if `text` is of it.
    fn values<'a>(&self, text: &'a str) -> Option<Vec<&'a str>> {
        fits(&self.pieces, text)
    }
}

fn fits<'a>(pieces: &[Piece], text: &'a str) -> Option<Vec<&'a str>> {
    match pieces {
        [] => text.is_empty().then(Vec::new),
        [Piece::Words(words), rest @ ..] => fits(rest, text.strip_prefix(words.as_str())?),
        [place, rest @ ..] => {
            let admits = |value: &str| {
                !value.is_empty()
                    && (matches!(place, Piece::Value) || value.bytes().all(|digit| digit.is_ascii_digit()))
            };
            let follows = |end: usize| {
                let value = text.get(..end).filter(|value| admits(value))?;
                let mut values = fits(rest, text.get(end..)?)?;
                values.insert(0, value);
                Some(values)
            };
            match rest {
                [Piece::Words(words), ..] => {
                    text.match_indices(words.as_str()).find_map(|(end, _)| follows(end))
                }
                _ => follows(text.len()),
            }
        }
    }
}

fn pieces(english: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = english;
    while let Some((at, place, length)) = [("{}", Piece::Value), ("{#}", Piece::Number)]
        .into_iter()
        .filter_map(|(mark, piece)| Some((rest.find(mark)?, piece, mark.len())))
        .min_by_key(|(at, ..)| *at)
    {
        let (words, after) = rest.split_at(at);
        if !words.is_empty() {
            pieces.push(Piece::Words(words.to_owned()));
        }
        pieces.push(place);
        rest = after.get(length..).unwrap_or_default();
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest.to_owned()));
    }
    pieces
}

/// `text` with every moment of it as people write one: `2026-11-29 19:04 UTC` for `2026-11-29T19:04:00.000Z`.
pub(super) fn with_readable_moments(text: &str) -> String {
    let mut readable = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('T') {
        let start = at.checked_sub(DAY.len()).filter(|start| rest.is_char_boundary(*start));
        let moment = start.and_then(|start| rest.get(start..at + 1 + TIME.len()));
        match (start, moment.filter(|moment| is_moment(moment))) {
            (Some(start), Some(moment)) => {
                readable.push_str(rest.get(..start).unwrap_or_default());
                readable.push_str(moment.get(..DAY.len()).unwrap_or_default());
                readable.push(' ');
                readable.push_str(moment.get(DAY.len() + 1..DAY.len() + 6).unwrap_or_default());
                readable.push_str(" UTC");
                rest = rest.get(at + 1 + TIME.len()..).unwrap_or_default();
            }
            _ => {
                let (before, after) = rest.split_at(at + 1);
                readable.push_str(before);
                rest = after;
            }
        }
    }
    readable.push_str(rest);
    readable
}

/// The shape of a day, and of a time, as `Timestamp::iso8601` writes them.
const DAY: &str = "0000-00-00";
const TIME: &str = "00:00:00.000Z";

fn is_moment(text: &str) -> bool {
    let shape = format!("{DAY}T{TIME}");
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(letter, shape)| match shape {
            b'0' => letter.is_ascii_digit(),
            shape => letter == shape,
        })
}

/// In one pass: a value is never read as a place.
fn filled(translation: &str, values: &[String]) -> String {
    let mut filled = String::with_capacity(translation.len());
    let mut rest = translation;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let value = after.split_once('}').and_then(|(number, after)| {
            let index = number.parse::<usize>().ok()?.checked_sub(1)?;
            Some((values.get(index)?, after))
        });
        match value {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn french() -> Phrases {
        let written = [
            ("expires on {}", "expire le {1}"),
            ("{}: expires on {}", "{1} : expire le {2}"),
            ("{#} of {#}", "{1} sur {2}"),
            ("metadata without {}", "métadonnées sans {1}"),
            ("metadata without {}, which means {}", "métadonnées sans {1}, soit {2}"),
            ("cannot be told: {}", "impossible à dire : {1}"),
            ("{} before {}", "{2} après {1}"),
            ("none", "rien"),
        ];
        Phrases::new(written.map(|(english, french)| (english.to_owned(), french.to_owned())).into())
    }

    #[test]
    fn a_sentence_is_known_by_its_most_particular_pattern_and_its_values_are_put_into_words_too() {
        let french = french();
        for (english, expected) in [
            ("expires on 2026-11-29", "expire le 2026-11-29"),
            ("a:8443: expires on 2026", "a:8443 : expire le 2026"),
            ("a: expires on 1; b: expires on 2", "a : expire le 1\u{a0}; b : expire le 2"),
            ("3 of 4", "3 sur 4"),
            ("metadata without x, which means y", "métadonnées sans x, soit y"),
            ("cannot be told: metadata without x", "impossible à dire : métadonnées sans x"),
            ("cannot be told: {1} said it", "impossible à dire : {1} said it"),
            ("a before none", "rien après a"),
        ] {
            assert_eq!(french.translate(english).as_deref(), Some(expected));
        }
        for unknown in ["", "expires on ", "none of that", "three of four", "x; none of that"] {
            assert_eq!(french.translate(unknown), None, "{unknown}");
        }
        let deep = "cannot be told: ".repeat(10_000);
        assert!(french.translate(&deep).is_some_and(|text| text.starts_with("impossible à dire : ")));
    }
    #[test]
    fn moments_are_written_as_people_write_them() {
        for (text, expected) in [
            ("expires on 2026-12-10T08:05:59.123Z", "expires on 2026-12-10 08:05 UTC"),
            (
                "é2026-12-10T08:05:59.123Z; T 2026-12-10T08:05:59.123Z.",
                "é2026-12-10 08:05 UTC; T 2026-12-10 08:05 UTC.",
            ),
            ("T", "T"),
            ("TLS at https://idp.example/T2026-12-10T08:05", "TLS at https://idp.example/T2026-12-10T08:05"),
            ("éééééT00:00:00.000Z", "éééééT00:00:00.000Z"),
        ] {
            assert_eq!(with_readable_moments(text), expected);
        }
    }
}
