//! GET /api/v2/connections/{id}/status

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::READ_CONNECTIONS;
use crate::flows::manage;
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Whether people can sign in through it, check by check, and when that was found out.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Check a connection", READ_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    Query::of(&request).finish()?;
    Ok(HttpResponse::Ok().json(manage::connection_status(&visit.state.hub, &id).await?))
}
