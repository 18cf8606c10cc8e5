//! GET /api/v2/keys/signing

use actix_web::{HttpRequest, HttpResponse};

use super::shown;
use crate::domain::management_scope::READ_SIGNING_KEYS;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Next, current, previous and revoked keys, oldest first; never a private key.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List signing keys", READ_SIGNING_KEYS).await?;
    Query::of(&request).finish()?;
    Ok(HttpResponse::Ok().json(shown(&visit.state.hub.keys)))
}
