//! The texts of the settings as given: the environment wins over `.env`.

use std::collections::BTreeMap;

use serde::Serialize;
use zeroize::Zeroizing;

use super::nearest::nearest;
use super::problem::{Problem, Problems, Warning};
use super::settings::{self, Setting};

/// Where a setting's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Source {
    #[serde(rename = "default")]
    Default,
    #[serde(rename = "environment")]
    Environment,
    #[serde(rename = ".env")]
    DotEnv,
    #[serde(rename = "generated")]
    Generated,
}

impl Source {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Environment => "environment",
            Self::DotEnv => ".env",
            Self::Generated => "generated",
        }
    }
}

/// A text and where it was given. No `Debug`: it may be a secret.
pub(super) struct Given {
    pub(super) text: Zeroizing<String>,
    pub(super) source: Source,
}

/// Every `VESTIBULE_…` value that is not empty; an empty one counts as not set.
pub(super) struct Values(BTreeMap<String, Given>);

impl Values {
    /// Gathers both sources; `dotenv` is the content of the file. Problems are those of the file's syntax.
    pub(super) fn gather(
        environment: impl IntoIterator<Item = (String, String)>,
        dotenv: Option<&str>,
    ) -> (Self, Problems) {
        let mut values = Self(BTreeMap::new());
        let mut problems = Problems::default();
        for (name, text) in environment {
            values.add(name, text, Source::Environment);
        }
        let mut last = None;
        for entry in dotenvy::from_read_iter(dotenv.unwrap_or_default().as_bytes()) {
            match entry {
                Ok((name, text)) => {
                    last = Some(name.clone());
                    values.add(name, text, Source::DotEnv);
                }
                // The parser's message quotes the line, which may hold a secret.
                Err(_) => problems.0.push(Problem {
                    setting: ".env",
                    what: match &last {
                        Some(name) => format!("the entry after {name} cannot be read"),
                        None => "the first entry cannot be read".to_owned(),
                    },
                    fix: "write NAME=value on a line; a value with spaces, $ or # goes in single quotes"
                        .to_owned(),
                }),
            }
        }
        (values, problems)
    }

    fn add(&mut self, name: String, text: String, source: Source) {
        let text = Zeroizing::new(text);
        if name.starts_with(settings::PREFIX) && !text.trim().is_empty() {
            let text = Zeroizing::new(text.trim().to_owned());
            self.0.entry(name).or_insert(Given { text, source });
        }
    }

    pub(super) fn given(&self, setting: &Setting) -> Option<&Given> {
        self.0.get(setting.name)
    }

    /// The text given, without surrounding white space.
    pub(super) fn text(&self, setting: &Setting) -> Option<&str> {
        self.given(setting).map(|given| given.text.as_str())
    }

    /// The text given, or the setting's default value; empty without either.
    pub(super) fn text_or_default(&self, setting: &Setting) -> &str {
        self.text(setting).unwrap_or(match setting.default {
            settings::Default::Value(value) => value,
            settings::Default::Nothing | settings::Default::Derived(_) => "",
        })
    }

    /// Every value whose name begins with `prefix`, by the rest of its name.
    pub(super) fn beginning_with(&self, prefix: &str) -> BTreeMap<String, Zeroizing<String>> {
        let found =
            self.0.iter().filter_map(|(name, given)| Some((name.strip_prefix(prefix)?, given.text.clone())));
        found.map(|(rest, text)| (rest.to_owned(), text)).collect()
    }

    /// Names that no setting has.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        self.0
            .keys()
            .filter(|name| settings::find(name).is_none() && !name.starts_with(settings::PROVIDER_PREFIX))
            .map(|name| Warning::new(name.clone(), unknown(name)))
            .collect()
    }
}

fn unknown(name: &str) -> String {
    let names = settings::ALL.iter().map(|setting| setting.name);
    match nearest(name, names) {
        Some((nearest, _)) => {
            format!("There is no such setting; the nearest is {nearest}. Correct the name or remove it.")
        }
        None => "There is no such setting. Remove it.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn the_environment_wins_and_empty_values_are_not_set() {
        let environment = pairs(&[("VESTIBULE_LOG", "warn"), ("VESTIBULE_LISTEN", " "), ("PATH", "/bin")]);
        let dotenv = "VESTIBULE_LOG=debug\nVESTIBULE_LISTEN='127.0.0.1:1'\nVESTIBULE_ISSUER=\nOTHER=1\n";
        let (values, problems) = Values::gather(environment, Some(dotenv));
        assert_eq!(problems, Problems::default());
        assert_eq!(values.text(&settings::LOG), Some("warn"));
        assert_eq!(values.text(&settings::LISTEN), Some("127.0.0.1:1"));
        assert_eq!(values.given(&settings::LISTEN).unwrap().source, Source::DotEnv);
        assert_eq!(values.text_or_default(&settings::ISSUER), "http://localhost:8080/");
        assert_eq!(values.0.len(), 2);
    }

    #[test]
    fn a_broken_line_is_placed_but_never_quoted() {
        let (values, problems) = Values::gather(
            [],
            Some("VESTIBULE_LOG=info\nVESTIBULE_MASTER_KEY=ca nary\nVESTIBULE_LISTEN=[::1]:1\n"),
        );
        assert_eq!(problems.0.len(), 1);
        assert_eq!(problems.0[0].setting, ".env");
        assert_eq!(problems.0[0].what, "the entry after VESTIBULE_LOG cannot be read");
        assert!(!problems.to_string().contains("nary"));
        assert_eq!(values.text(&settings::LISTEN), Some("[::1]:1"));
    }

    #[test]
    fn unknown_names_are_answered_with_the_nearest_known_one() {
        let (values, _) = Values::gather(
            pairs(&[
                ("VESTIBULE_ISUER", "canary"),
                ("VESTIBULE_PROVIDER_URL", "acme.example"),
                ("VESTIBULE_LOG", "info"),
            ]),
            None,
        );
        let warnings = values.warnings();
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].setting, "VESTIBULE_ISUER");
        assert!(warnings[0].message.contains("nearest is VESTIBULE_ISSUER."));
    }
}
