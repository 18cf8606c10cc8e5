//! How a command ends: its exit code, and what may be shown of words that are not ours.

use std::process::ExitCode;

/// Wrong usage that only shows once flags and settings are put together.
#[derive(Debug, thiserror::Error)]
#[error("{0}\n\nFor more information, try '--help'.")]
pub(super) struct Usage(pub(super) String);

/// 2 for wrong usage, 1 for everything else.
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
}

/// `text` as a terminal may get it: a name or a provider's words must not move its cursor or turn its letters around.
pub fn shown(text: &str) -> String {
    let is_harmless = |letter: char| {
        matches!(letter, '\n' | '\t')
            || !(letter.is_control()
                || matches!(letter, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    };
    text.chars().map(|letter| if is_harmless(letter) { letter } else { '?' }).collect()
}

/// `text` on one line.
pub(super) fn on_one_line(text: &str) -> String {
    shown(text).replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_shown_steers_the_terminal() {
        assert_eq!(shown("a\u{1b}[2Jb\r\u{202e}c\u{9b}d\n\té"), "a?[2Jb??c?d\n\té");
        assert_eq!(on_one_line("a\nb\u{7}"), "a b?");
    }

    #[test]
    fn wrong_usage_is_told_from_failure() {
        let code = |error: anyhow::Error| format!("{:?}", exit_code(&error));
        assert_eq!(code(Usage("no".into()).into()), format!("{:?}", ExitCode::from(2)));
        assert_eq!(code(anyhow::anyhow!("no")), format!("{:?}", ExitCode::from(1)));
    }
}
