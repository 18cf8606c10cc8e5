//! The body of a call, made of the flags.

use serde_json::{Map, Value, json};

use super::AppFlags;
use crate::cli::outcome::Usage;

/// What the flags say.
pub(super) fn body(name: Option<&str>, flags: &AppFlags) -> Map<String, Value> {
    let list = |list: &Vec<String>| (!list.is_empty()).then(|| json!(list));
    [
        ("name", name.map(|name| json!(name))),
        ("app_type", flags.app_type.as_ref().map(|name| json!(name))),
        ("callbacks", list(&flags.callback)),
        ("allowed_logout_urls", list(&flags.logout_url)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

/// An edit has to say something.
///
/// # Errors
/// [`Usage`] if it does not.
pub(super) fn refuse_nothing(name: Option<&str>, flags: &AppFlags) -> Result<(), Usage> {
    match body(name, flags).is_empty() && flags.provider.is_empty() {
        true => Err(Usage(
            "nothing to change: say what, for instance --callback https://app.example/callback".into(),
        )),
        false => Ok(()),
    }
}
