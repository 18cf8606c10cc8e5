//! How much a profile may be: bytes as JSON, and levels of nesting.

use serde_json::{Map, Value};

use crate::domain::limits;

/// The profile outgrows [`limits::PROFILE_BYTES`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the profile is larger than {} bytes; its largest attribute is {attribute} with {bytes} bytes. Map fewer claims, or ask the provider to send less in it",
    limits::PROFILE_BYTES
)]
pub struct ProfileTooLarge {
    pub attribute: String,
    pub bytes: usize,
}

/// Whether the profile may be stored.
///
/// # Errors
/// [`ProfileTooLarge`].
pub(super) fn check_size(profile: &Map<String, Value>) -> Result<(), ProfileTooLarge> {
    let total = serde_json::to_string(profile).map_or(usize::MAX, |text| text.len());
    if total <= limits::PROFILE_BYTES {
        return Ok(());
    }
    let sizes = profile.iter().map(|(name, value)| (name.len() + value.to_string().len(), name));
    let (bytes, attribute) = sizes.max().map_or((0, String::new()), |(bytes, name)| (bytes, name.clone()));
    Err(ProfileTooLarge { attribute, bytes })
}

/// Whether `value` has at most `levels` lists and objects inside each other.
pub(super) fn is_nested_within(value: &Value, levels: usize) -> bool {
    let is_within = |inner: &Value| levels > 0 && is_nested_within(inner, levels - 1);
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(is_within),
        Value::Object(members) => levels > 0 && members.values().all(is_within),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}
