//! DELETE /api/v2/clients/{id}/secrets/{secret}

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::UPDATE_CLIENT_KEYS;
use crate::flows::manage;
use crate::web::api::call::{authorize, two_ids};
use crate::web::api::error::ApiError;
use crate::web::api::preconditions::if_match;
use crate::web::extract::Visit;

/// 204, also if there was none.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Remove a client secret", UPDATE_CLIENT_KEYS).await?;
    let (client, secret) = two_ids(&request)?;
    manage::remove_secret(&visit.state.hub, &actor, &client, &secret, if_match(&request)).await?;
    Ok(HttpResponse::NoContent().finish())
}
