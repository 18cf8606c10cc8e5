//! GET /api/v2/keys/signing/{kid}

use actix_web::{HttpRequest, HttpResponse};

use super::shown_one;
use crate::domain::key_plan::KeyRefusal;
use crate::domain::management_scope::READ_SIGNING_KEYS;
use crate::flows::keys::KeyError;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get a signing key", READ_SIGNING_KEYS).await?;
    let id = id(&request)?;
    Query::of(&request).finish()?;
    let found = shown_one(&visit.state.hub.keys, &id);
    Ok(HttpResponse::Ok().json(found.ok_or(KeyError::Refused(KeyRefusal::Unknown(id)))?))
}
