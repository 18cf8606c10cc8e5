//! `/api/v2/connections/{id}/attribute-map…`

pub(in crate::web::api) mod list_versions;
pub(in crate::web::api) mod read_version;
pub(in crate::web::api) mod restore_version;
pub(in crate::web::api) mod try_map;

use actix_web::HttpRequest;

use crate::web::api::call::{checked_connection_id, two_ids};
use crate::web::api::error::ApiError;

/// The connection and the number of the version in a path.
fn connection_and_version(request: &HttpRequest) -> Result<(String, i64), ApiError> {
    let (id, version) = two_ids(request)?;
    let version = version.parse().ok().filter(|version| *version > 0);
    let version = version.ok_or(ApiError::InvalidPath("a version is a whole number from 1 on"))?;
    Ok((checked_connection_id(id)?, version))
}
