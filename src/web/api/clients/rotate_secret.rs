//! POST /api/v2/clients/{id}/rotate-secret

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::with_secret;
use crate::domain::management_scope::UPDATE_CLIENT_KEYS;
use crate::flows::manage;
use crate::web::api::answer;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::api::preconditions::if_match;
use crate::web::extract::Visit;

/// The answer shows the new secret, once; the old one stops working at once.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Rotate a client secret", UPDATE_CLIENT_KEYS).await?;
    let id = id(&request)?;
    let made = manage::rotate_secret(&visit.state.hub, &actor, &id, if_match(&request)).await?;
    Ok(answer::resource(StatusCode::OK, made.client.version, &with_secret(&made)))
}
