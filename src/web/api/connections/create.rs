//! POST /api/v2/connections

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::shown;
use crate::domain::management_scope::CREATE_CONNECTIONS;
use crate::flows::manage;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::{answer, body};
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Create a connection", CREATE_CONNECTIONS).await?;
    let body = body::object(&request, payload).await?;
    let connection = manage::create_connection(&visit.state.hub, &actor, &body).await?;
    let json = shown(&visit.state.hub, &connection).await?;
    Ok(answer::resource(StatusCode::CREATED, connection.version, &json))
}
