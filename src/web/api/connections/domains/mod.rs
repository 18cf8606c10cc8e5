//! `/api/v2/connections/{id}/domains…`

pub(in crate::web::api) mod check;
pub(in crate::web::api) mod claim;
pub(in crate::web::api) mod list;
pub(in crate::web::api) mod read;
pub(in crate::web::api) mod remove;
