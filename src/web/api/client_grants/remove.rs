//! DELETE /api/v2/client-grants/{id}

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::DELETE_CLIENT_GRANTS;
use crate::flows::manage::{self, ManageError};
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::api::preconditions::if_match;
use crate::web::extract::Visit;

/// 204, also if there was none.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Delete a client grant", DELETE_CLIENT_GRANTS).await?;
    let id = id(&request)?;
    match manage::remove_client_grant(&visit.state.hub, &actor, &id, if_match(&request)).await {
        Ok(()) | Err(ManageError::NotFound(_)) => Ok(HttpResponse::NoContent().finish()),
        Err(error) => Err(error.into()),
    }
}
