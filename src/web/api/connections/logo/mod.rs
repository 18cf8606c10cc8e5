//! `/api/v2/connections/{id}/logo`

pub(in crate::web::api) mod remove;
pub(in crate::web::api) mod set;
