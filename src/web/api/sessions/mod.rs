//! `/api/v2/sessions…` and `/api/v2/users/{id}/sessions`

pub(super) mod end;
pub(super) mod end_of_user;
pub(super) mod list_of_user;
pub(super) mod read;
