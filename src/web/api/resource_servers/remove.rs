//! DELETE /api/v2/resource-servers/{id}

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::DELETE_RESOURCE_SERVERS;
use crate::flows::manage::{self, ManageError};
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::api::preconditions::if_match;
use crate::web::extract::Visit;

/// 204, also if there was none.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Delete a resource server", DELETE_RESOURCE_SERVERS).await?;
    let id = id(&request)?;
    match manage::remove_resource_server(&visit.state.hub, &actor, &id, if_match(&request)).await {
        Ok(()) | Err(ManageError::NotFound(_)) => Ok(HttpResponse::NoContent().finish()),
        Err(error) => Err(error.into()),
    }
}
