//! POST /api/v2/refresh-tokens/revoke

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::DELETE_REFRESH_TOKENS;
use crate::domain::refresh_token_choice::RefreshTokenChoice;
use crate::flows::manage::{self, ManageError};
use crate::web::api::body;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// 202, however many there were.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Revoke refresh tokens", DELETE_REFRESH_TOKENS).await?;
    let body = body::object(&request, payload).await?;
    let choice = RefreshTokenChoice::read(&body).map_err(ManageError::Invalid)?;
    manage::revoke_refresh_tokens(&visit.state.hub, &actor, choice).await?;
    Ok(HttpResponse::Accepted().finish())
}
