//! `/api/v2/initial-access-tokens…`

pub(super) mod create;
pub(super) mod list;
pub(super) mod remove;
