//! POST /api/v2/clients

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::with_secret;
use crate::domain::management_scope::CREATE_CLIENTS;
use crate::flows::manage;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::{answer, body};
use crate::web::extract::Visit;

/// The answer shows the secret, once.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Create a client", CREATE_CLIENTS).await?;
    let body = body::object(&request, payload).await?;
    let made = manage::create_client(&visit.state.hub, &actor, &body).await?;
    Ok(answer::resource(StatusCode::CREATED, made.client.version, &with_secret(&made)))
}
