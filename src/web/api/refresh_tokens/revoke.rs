//! DELETE /api/v2/refresh-tokens/{id}

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::DELETE_REFRESH_TOKENS;
use crate::flows::manage::{self, ManageError};
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// 202, also if there was none. The access tokens of the same grant end with it.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Delete a refresh token", DELETE_REFRESH_TOKENS).await?;
    let id = id(&request)?;
    match manage::revoke_refresh_token(&visit.state.hub, &actor, &id).await {
        Ok(()) | Err(ManageError::NotFound(_)) => Ok(HttpResponse::Accepted().finish()),
        Err(error) => Err(error.into()),
    }
}
