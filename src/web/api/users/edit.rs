//! PATCH /api/v2/users/{id}

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::shown;
use crate::domain::management_scope::UPDATE_USERS;
use crate::flows::manage;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::api::preconditions::if_match;
use crate::web::api::{answer, body};
use crate::web::extract::Visit;

/// Blocks or unblocks, and merges metadata.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Update a user", UPDATE_USERS).await?;
    let id = id(&request)?;
    let patch = body::object(&request, payload).await?;
    let user = manage::edit_user(&visit.state.hub, &actor, &id, patch, if_match(&request)).await?;
    let version = user.version;
    Ok(answer::resource(StatusCode::OK, version, &shown(&visit.state.hub, user).await?))
}
