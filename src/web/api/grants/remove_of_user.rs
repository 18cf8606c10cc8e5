//! DELETE /api/v2/grants?user_id=

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::DELETE_GRANTS;
use crate::flows::manage;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Takes back everything one user let applications have.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Delete all grants of a user", DELETE_GRANTS).await?;
    let mut query = Query::of(&request);
    let user_id = query.one("user_id");
    if user_id.is_none() {
        query.refuse("user_id", "is required: whose grants to delete");
    }
    query.finish()?;
    manage::remove_grants_of_user(&visit.state.hub, &actor, &user_id.unwrap_or_default()).await?;
    Ok(HttpResponse::NoContent().finish())
}
