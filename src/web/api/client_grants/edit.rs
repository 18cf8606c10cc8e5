//! PATCH /api/v2/client-grants/{id}

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::client_grant::client_grant_json;
use crate::domain::management_scope::UPDATE_CLIENT_GRANTS;
use crate::flows::manage;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::api::preconditions::if_match;
use crate::web::api::{answer, body};
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Update a client grant", UPDATE_CLIENT_GRANTS).await?;
    let id = id(&request)?;
    let patch = body::object(&request, payload).await?;
    let hub = &visit.state.hub;
    let changed = manage::edit_client_grant(hub, &actor, &id, patch, if_match(&request)).await?;
    Ok(answer::resource(StatusCode::OK, changed.version, &client_grant_json(&changed)))
}
