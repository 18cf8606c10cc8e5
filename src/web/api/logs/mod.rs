//! `/api/v2/logs…`

pub(super) mod list;
pub(super) mod read;
