//! `/api/v2/client-grants…`

pub(super) mod create;
pub(super) mod edit;
pub(super) mod list;
pub(super) mod read;
pub(super) mod remove;
