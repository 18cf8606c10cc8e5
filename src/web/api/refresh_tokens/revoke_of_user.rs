//! DELETE /api/v2/users/{id}/refresh-tokens

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::DELETE_REFRESH_TOKENS;
use crate::flows::manage;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// 202; 404 if there is no such user.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let what = "Delete the refresh tokens of a user";
    let actor = authorize(&visit, &request, what, DELETE_REFRESH_TOKENS).await?;
    let id = id(&request)?;
    manage::revoke_refresh_tokens_of_user(&visit.state.hub, &actor, &id).await?;
    Ok(HttpResponse::Accepted().finish())
}
