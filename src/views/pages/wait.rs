//! When something may be tried again.

use serde::Serialize;

/// `{{t "wait" wait.unit number=wait.number}}`: never one of a unit, which some languages would say in other words.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Wait {
    unit: &'static str,
    number: u64,
}

impl Wait {
    pub fn of(seconds: u64) -> Self {
        match seconds {
            0..=119 => Self { unit: "seconds", number: seconds.max(2) },
            _ => Self { unit: "minutes", number: seconds.div_ceil(60) },
        }
    }

    /// For the sample of a page with this error.
    pub(super) fn sample(error: &str) -> Option<Self> {
        let seconds = if error == "too-many-codes" { 5 * 60 } else { 30 };
        error.starts_with("too-many").then(|| Self::of(seconds))
    }
}
