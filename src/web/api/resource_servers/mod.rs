//! `/api/v2/resource-servers…`

pub(super) mod create;
pub(super) mod edit;
pub(super) mod list;
pub(super) mod read;
pub(super) mod remove;
