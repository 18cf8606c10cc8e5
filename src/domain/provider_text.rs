//! A provider's own words made safe to show.

use super::limits;

/// Printable ASCII, every one of `secrets` blotted out, capped.
pub fn printable(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "***");
    }
    let mut shown: String = text
        .chars()
        .take(limits::PROVIDER_TEXT_CHARACTERS)
        .map(|letter| if letter == ' ' || letter.is_ascii_graphic() { letter } else { '?' })
        .collect();
    if text.chars().nth(limits::PROVIDER_TEXT_CHARACTERS).is_some() {
        shown.push_str("...");
    }
    shown
}

/// [`printable`] in quotation marks.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", printable(text, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_providers_words_are_shown_printable_short_and_without_secrets() {
        assert_eq!(printable("bad\r\n<b>\u{202e}é", &[]), "bad??<b>??");
        assert_eq!(
            printable("secret s3cr3t of code c0de", &["s3cr3t", "c0de", ""]),
            "secret *** of code ***"
        );
        assert_eq!(printable(&"a".repeat(5_000), &[]).len(), limits::PROVIDER_TEXT_CHARACTERS + 3);
    }
}
