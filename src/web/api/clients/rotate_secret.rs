//! POST /api/v2/clients/{id}/rotate-secret

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::with_secret;
use crate::domain::management_scope::UPDATE_CLIENT_KEYS;
use crate::flows::manage;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::api::preconditions::if_match;
use crate::web::api::{answer, body};
use crate::web::extract::Visit;

/// The answer shows the new secret, once; the old one stops working at once, or after the
/// `keep_previous_for_seconds` of the body.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Rotate a client secret", UPDATE_CLIENT_KEYS).await?;
    let id = id(&request)?;
    let body = body::optional_object(&request, payload).await?;
    let made = manage::rotate_secret(&visit.state.hub, &actor, &id, &body, if_match(&request)).await?;
    Ok(answer::resource(StatusCode::OK, made.client.version, &with_secret(&made)))
}
