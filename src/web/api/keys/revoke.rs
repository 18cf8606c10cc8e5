//! PUT /api/v2/keys/signing/{kid}/revoke

use actix_web::{HttpRequest, HttpResponse};

use super::shown_one;
use crate::domain::management_scope::UPDATE_SIGNING_KEYS;
use crate::flows::manage;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// 200 with the revoked key, also if it was revoked before.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Revoke a signing key", UPDATE_SIGNING_KEYS).await?;
    let id = id(&request)?;
    let hub = &visit.state.hub;
    manage::revoke_signing_key(hub, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(shown_one(&hub.keys, &id)))
}
