//! What is wrong with something a person wrote, and how to mend it.

use serde::Serialize;

/// One problem of a body: where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Dotted path of the property, for instance `options.discovery_url`.
    pub path: String,
    /// What is wrong and how to mend it, in one sentence.
    pub message: String,
}

impl Problem {
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}
