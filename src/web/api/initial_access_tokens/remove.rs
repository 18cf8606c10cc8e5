//! DELETE /api/v2/initial-access-tokens/{id}

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::DELETE_INITIAL_ACCESS_TOKENS;
use crate::flows::manage::{self, ManageError};
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// 204, also if there was none.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let what = "Delete an initial access token";
    let actor = authorize(&visit, &request, what, DELETE_INITIAL_ACCESS_TOKENS).await?;
    let id = id(&request)?;
    match manage::remove_initial_access_token(&visit.state.hub, &actor, &id).await {
        Ok(()) | Err(ManageError::NotFound(_)) => Ok(HttpResponse::NoContent().finish()),
        Err(error) => Err(error.into()),
    }
}
