//! DELETE /api/v2/connections/{id}

use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::domain::management_scope::DELETE_CONNECTIONS;
use crate::flows::manage::{self, ManageError};
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::api::preconditions::if_match;
use crate::web::extract::Visit;

/// 202 with the time, or 204 if there was none.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Delete a connection", DELETE_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    match manage::remove_connection(&visit.state.hub, &actor, &id, if_match(&request)).await {
        Ok(()) => {
            let deleted_at = visit.state.hub.clock.now().iso8601();
            Ok(HttpResponse::Accepted().json(json!({"deleted_at": deleted_at})))
        }
        Err(ManageError::NotFound(_)) => Ok(HttpResponse::NoContent().finish()),
        Err(error) => Err(error.into()),
    }
}
