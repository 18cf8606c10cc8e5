//! `/api/v2/connections/{id}/test`, `/api/v2/connections/{id}/tests…`

pub(in crate::web::api) mod create;
pub(in crate::web::api) mod list;
pub(in crate::web::api) mod read;
pub(in crate::web::api) mod remove;
