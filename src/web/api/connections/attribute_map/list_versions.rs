//! GET /api/v2/connections/{id}/attribute-map/versions

use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use crate::domain::connection::map_version_json;
use crate::domain::management_scope::READ_CONNECTIONS;
use crate::flows::manage::{ManageError, Resource};
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Newest first; a limited number is kept. A connection whose map was never saved since has none.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List the versions of an attribute map", READ_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    Query::of(&request).finish()?;
    let found = visit.state.hub.store.read(move |tx| {
        let is_there = tx.find_connection(&id)?.is_some();
        Ok::<_, crate::store::StoreError>(is_there.then_some(tx.list_attribute_maps(&id)?))
    });
    let versions = found.await?.ok_or(ManageError::NotFound(Resource::Connection))?;
    let json: Vec<Value> = versions.iter().map(map_version_json).collect();
    Ok(HttpResponse::Ok().json(json))
}
