//! The languages people are spoken to in, and how one is chosen (OIDC Core 3.1.2.1, RFC 9110 12.5.4).

use serde::{Deserialize, Serialize};

/// A language every page exists in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    #[default]
    En,
    Fr,
}

impl Locale {
    /// Every language, in the order the pages offer them.
    pub const ALL: [Locale; 2] = [Locale::En, Locale::Fr];

    /// The language tag (RFC 5646).
    pub fn tag(self) -> &'static str {
        match self {
            Locale::En => "en",
            Locale::Fr => "fr",
        }
    }

    /// What the language calls itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Locale::En => "English",
            Locale::Fr => "Français",
        }
    }

    /// The language a tag asks for; its region and script do not matter to us (`fr-CA` is French).
    pub fn from_tag(tag: &str) -> Option<Locale> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag);
        Locale::ALL.into_iter().find(|locale| locale.tag().eq_ignore_ascii_case(primary))
    }

    /// The language to speak: the application's `ui_locales` (most wanted first), then the browser's
    /// `Accept-Language` (highest weight, then first), then English.
    pub fn choose(ui_locales: Option<&str>, accept_language: Option<&str>) -> Locale {
        ui_locales
            .and_then(|wanted| wanted.split_ascii_whitespace().find_map(Locale::from_tag))
            .or_else(|| accept_language.and_then(most_accepted))
            .unwrap_or_default()
    }
}

fn most_accepted(header: &str) -> Option<Locale> {
    let mut best: Option<(Locale, f32)> = None;
    for range in header.split(',') {
        let Some((locale, weight)) = accepted(range) else { continue };
        if best.is_none_or(|(_, highest)| weight > highest) {
            best = Some((locale, weight));
        }
    }
    best.map(|(locale, _)| locale)
}

/// One language range with its weight; `None` when it is not ours, refused (`q=0`) or malformed.
fn accepted(range: &str) -> Option<(Locale, f32)> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next()?;
    let locale = if tag == "*" { Locale::default() } else { Locale::from_tag(tag)? };
    let weight = match parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="))) {
        Some(q) => q.parse::<f32>().ok().filter(|q| *q > 0.0 && *q <= 1.0)?,
        None => 1.0,
    };
    Some((locale, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_spoken_when_nothing_is_asked_or_nothing_fits() {
        assert_eq!(Locale::choose(None, None), Locale::En);
        assert_eq!(Locale::choose(Some("de it"), Some("ja, zh;q=0.9")), Locale::En);
        assert_eq!(Locale::choose(Some(""), Some("")), Locale::En);
    }

    #[test]
    fn the_application_is_heard_before_the_browser() {
        assert_eq!(Locale::choose(Some("fr"), Some("en")), Locale::Fr);
        assert_eq!(Locale::choose(Some("en"), Some("fr")), Locale::En);
        assert_eq!(Locale::choose(Some("de"), Some("fr")), Locale::Fr);
    }

    #[test]
    fn the_first_ui_locale_we_speak_wins() {
        assert_eq!(Locale::choose(Some("de fr-CA fr en"), None), Locale::Fr);
        assert_eq!(Locale::choose(Some("  EN-gb   fr"), None), Locale::En);
    }

    #[test]
    fn the_highest_weight_wins_and_the_first_among_equals() {
        assert_eq!(Locale::choose(None, Some("en;q=0.7, fr;q=0.8")), Locale::Fr);
        assert_eq!(Locale::choose(None, Some("de, fr-CH;q=0.5, en;q=0.3")), Locale::Fr);
        assert_eq!(Locale::choose(None, Some("fr, en")), Locale::Fr);
        assert_eq!(Locale::choose(None, Some("*, fr;q=0.5")), Locale::En);
    }

    #[test]
    fn a_refused_or_malformed_range_does_not_count() {
        assert_eq!(Locale::choose(None, Some("fr;q=0, *;q=0.1")), Locale::En);
        assert_eq!(Locale::choose(None, Some("en;q=0.1, fr;q=NaN")), Locale::En);
        assert_eq!(Locale::choose(None, Some("en;q=0.1, fr;q=inf, fr;q=7")), Locale::En);
        assert_eq!(Locale::choose(None, Some(";;,,=,q=1, fr ; q=0.4")), Locale::Fr);
    }
}
