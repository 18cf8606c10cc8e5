//! DELETE /api/v2/users/{id}/sessions

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::DELETE_SESSIONS;
use crate::flows::manage;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// 202; 404 if there is no such user.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Delete the sessions of a user", DELETE_SESSIONS).await?;
    let id = id(&request)?;
    manage::end_all_sessions(&visit.state.hub, &actor, &id).await?;
    Ok(HttpResponse::Accepted().finish())
}
