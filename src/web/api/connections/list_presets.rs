//! GET /api/v2/connections/presets

use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use crate::domain::management_scope::READ_CONNECTIONS;
use crate::domain::preset::{PRESETS, preset_json};
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// What is known about each kind of provider, for whoever sets up a connection: what to ask, and where it is found.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List the presets of connections", READ_CONNECTIONS).await?;
    Query::of(&request).finish()?;
    Ok(HttpResponse::Ok().json(PRESETS.iter().map(preset_json).collect::<Vec<Value>>()))
}
