//! POST /api/v2/keys/signing/rotate

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::shown;
use crate::crypto::signing::KeyType;
use crate::domain::management_scope::CREATE_SIGNING_KEYS;
use crate::domain::signing_key::KeyStatus;
use crate::flows::manage;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// 201 with the `kid` of the new next RSA key, as Auth0 answers, and all keys as they are now.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Rotate the signing keys", CREATE_SIGNING_KEYS).await?;
    let hub = &visit.state.hub;
    manage::rotate_signing_keys(hub, &actor).await?;
    let records = hub.keys.records();
    let next = records
        .iter()
        .find(|record| record.status == KeyStatus::Next && record.key_type == KeyType::Rsa)
        .map(|record| &record.key_id);
    Ok(HttpResponse::build(StatusCode::CREATED).json(json!({"kid": next, "keys": shown(&hub.keys)})))
}
