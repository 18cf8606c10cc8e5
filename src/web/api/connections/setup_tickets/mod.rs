//! `/api/v2/connections/{id}/setup-tickets…`

pub(in crate::web::api) mod create;
pub(in crate::web::api) mod list;
pub(in crate::web::api) mod remove;
