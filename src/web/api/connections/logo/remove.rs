//! DELETE /api/v2/connections/{id}/logo

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::UPDATE_CONNECTIONS;
use crate::flows::manage;
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::api::preconditions::if_match;
use crate::web::extract::Visit;

/// 204, also if it had none.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Remove a connection's logo", UPDATE_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    manage::remove_connection_logo(&visit.state.hub, &actor, &id, if_match(&request)).await?;
    Ok(HttpResponse::NoContent().finish())
}
