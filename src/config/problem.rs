//! What is wrong with the settings: every problem at once, each with its remedy.

use std::fmt;

use serde::Serialize;

use super::settings::Setting;

/// One thing that keeps the hub from starting. Never quotes a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The environment variable, or `.env`.
    pub setting: &'static str,
    /// What is wrong, as a sentence without its full stop.
    pub what: String,
    /// What to do, as a sentence without its full stop.
    pub fix: String,
}

impl Problem {
    pub fn new(setting: &Setting, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { setting: setting.name, what: what.into(), fix: fix.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n  fix: {}", self.setting, self.what, self.fix)
    }
}

impl std::error::Error for Problem {}

/// All problems of the settings together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// The value of `outcome`; or, with its problems noted here, nothing.
    pub(super) fn keep<T>(&mut self, outcome: Result<T, Problems>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(problems) => {
                self.0.extend(problems.0);
                None
            }
        }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.0.len() == 1 { "problem" } else { "problems" };
        write!(f, "{} {noun} in the settings", self.0.len())?;
        self.0.iter().try_for_each(|problem| write!(f, "\n{problem}"))
    }
}

impl std::error::Error for Problems {}

/// Something that is probably a mistake, and that the hub starts with all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The environment variable.
    pub setting: String,
    /// What is odd and what to do, as sentences.
    pub message: String,
}

impl Warning {
    pub fn new(setting: impl Into<String>, message: impl Into<String>) -> Self {
        Self { setting: setting.into(), message: message.into() }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.message)
    }
}
