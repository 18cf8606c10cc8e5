//! POST /api/v2/resource-servers

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::CREATE_RESOURCE_SERVERS;
use crate::domain::resource_server::resource_server_json;
use crate::flows::manage;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::{answer, body};
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Create a resource server", CREATE_RESOURCE_SERVERS).await?;
    let body = body::object(&request, payload).await?;
    let made = manage::create_resource_server(&visit.state.hub, &actor, &body).await?;
    Ok(answer::resource(StatusCode::CREATED, made.version, &resource_server_json(&made)))
}
