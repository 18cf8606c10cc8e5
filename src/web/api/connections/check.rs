//! POST /api/v2/connections/check

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::{CREATE_CONNECTIONS, UPDATE_CONNECTIONS};
use crate::flows::manage;
use crate::web::api::body;
use crate::web::api::call::authorize_any;
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// The body of a creation: what its provider would say to it, check by check; nothing is made. Whoever may make or change
/// connections may try one.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let scopes = [CREATE_CONNECTIONS, UPDATE_CONNECTIONS];
    let actor = authorize_any(&visit, &request, "Check a connection", &scopes).await?;
    let body = body::object(&request, payload).await?;
    Ok(HttpResponse::Ok().json(manage::check_connection(&visit.state.hub, &actor, &body).await?))
}
