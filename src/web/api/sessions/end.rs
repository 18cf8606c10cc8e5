//! DELETE /api/v2/sessions/{id} and POST /api/v2/sessions/{id}/revoke

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::DELETE_SESSIONS;
use crate::flows::manage::{self, ManageError};
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// 202, also if there was none. What was granted in the session ends with it, refresh tokens too.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Delete a session", DELETE_SESSIONS).await?;
    let id = id(&request)?;
    match manage::end_session(&visit.state.hub, &actor, &id).await {
        Ok(()) | Err(ManageError::NotFound(_)) => Ok(HttpResponse::Accepted().finish()),
        Err(error) => Err(error.into()),
    }
}
