//! `/api/v2/grants…`: what people let applications have.

pub(super) mod list;
pub(super) mod remove;
pub(super) mod remove_of_user;
