//! GET /api/v2/connections/{id}/attribute-map/versions/{version}

use actix_web::{HttpRequest, HttpResponse};

use super::connection_and_version;
use crate::domain::connection::map_version_json;
use crate::domain::management_scope::READ_CONNECTIONS;
use crate::flows::manage::{ManageError, Resource};
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get a version of an attribute map", READ_CONNECTIONS).await?;
    let (id, version) = connection_and_version(&request)?;
    Query::of(&request).finish()?;
    let found = visit.state.hub.store.read(move |tx| tx.find_attribute_map(&id, version)).await?;
    let version = found.ok_or(ManageError::NotFound(Resource::AttributeMapVersion))?;
    Ok(HttpResponse::Ok().json(map_version_json(&version)))
}
