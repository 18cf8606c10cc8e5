//! POST /api/v2/client-grants

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::client_grant::client_grant_json;
use crate::domain::management_scope::CREATE_CLIENT_GRANTS;
use crate::flows::manage;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::{answer, body};
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Create a client grant", CREATE_CLIENT_GRANTS).await?;
    let body = body::object(&request, payload).await?;
    let made = manage::create_client_grant(&visit.state.hub, &actor, &body).await?;
    Ok(answer::resource(StatusCode::CREATED, made.version, &client_grant_json(&made)))
}
