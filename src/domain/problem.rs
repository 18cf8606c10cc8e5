//! What is wrong with something a person wrote, and how to mend it.

use serde::Serialize;

use super::limits;
use crate::protocol::said::Said;

/// One problem of a body: where, and what to do. It can quote what was sent, and never much of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(clippy::manual_non_exhaustive, reason = "nobody in this crate makes one past `new` either")]
pub struct Problem {
    /// Dotted path of the property, for instance `options.discovery_url`.
    pub path: String,
    /// What is wrong and how to mend it, in one sentence.
    pub message: String,
    /// Made by [`Problem::new`] alone, which cuts both.
    #[serde(skip)]
    cut: (),
}

impl Problem {
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: Said::<{ limits::PROBLEM_PATH_BYTES }>::new(path).into(),
            message: Said::<{ limits::PROBLEM_BYTES }>::new(message).into(),
            cut: (),
        }
    }
}
