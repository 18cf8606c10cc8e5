//! Values that need care in a column: times, JSON, and text from outside.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;
use crate::domain::clock::Timestamp;
use crate::domain::limits;

/// A time that may be absent, from its milliseconds.
pub(super) fn time(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

/// A time that may be absent, as milliseconds.
pub(super) fn millis(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::millis)
}

/// `value` as JSON text. `what` names the column in an error.
pub(super) fn to_json(what: &'static str, value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Corrupt { what })
}

/// The value of a JSON column.
pub(super) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt { what })
}

/// Refuses text with a NUL byte, which SQLite would store and PostgreSQL would not. JSON escapes it.
pub(super) fn refuse_nul<'a>(texts: impl IntoIterator<Item = Option<&'a str>>) -> Result<(), StoreError> {
    if texts.into_iter().flatten().any(|text| text.contains('\0')) {
        return Err(StoreError::NulInText);
    }
    Ok(())
}

/// As much of `text` as an index takes: PostgreSQL refuses a row with more than 2 704 bytes in one. Whoever stores and
/// whoever looks cut alike.
pub(super) fn indexed(mut text: String) -> String {
    if text.len() > limits::INDEXED_BYTES {
        let mut end = limits::INDEXED_BYTES;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    text
}

/// `text`, without a NUL byte in it: see [`refuse_nul`].
pub(super) fn plain(text: &str) -> Result<&str, StoreError> {
    refuse_nul([Some(text)]).map(|()| text)
}
