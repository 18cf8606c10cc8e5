//! PATCH /api/v2/resource-servers/{id}

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::UPDATE_RESOURCE_SERVERS;
use crate::domain::resource_server::resource_server_json;
use crate::flows::manage;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::api::preconditions::if_match;
use crate::web::api::{answer, body};
use crate::web::extract::Visit;

/// Answers 201, as Auth0 does.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Update a resource server", UPDATE_RESOURCE_SERVERS).await?;
    let id = id(&request)?;
    let patch = body::object(&request, payload).await?;
    let hub = &visit.state.hub;
    let changed = manage::edit_resource_server(hub, &actor, &id, patch, if_match(&request)).await?;
    Ok(answer::resource(StatusCode::CREATED, changed.version, &resource_server_json(&changed)))
}
