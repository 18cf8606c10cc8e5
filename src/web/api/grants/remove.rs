//! DELETE /api/v2/grants/{id}

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::DELETE_GRANTS;
use crate::flows::manage::{self, ManageError};
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// 204, also if there was none.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Delete a grant", DELETE_GRANTS).await?;
    let id = id(&request)?;
    match manage::remove_grant(&visit.state.hub, &actor, &id).await {
        Ok(()) | Err(ManageError::NotFound(_)) => Ok(HttpResponse::NoContent().finish()),
        Err(error) => Err(error.into()),
    }
}
