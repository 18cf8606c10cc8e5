//! POST /api/v2/connections/{id}/test

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::domain::management_scope::UPDATE_CONNECTIONS;
use crate::flows::manage;
use crate::web::api::body;
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// `{"ttl_sec"}`, if at all; the answer is the only one that holds the link, `url`.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Create a test login", UPDATE_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    let body = body::optional_object(&request, payload).await?;
    let made = manage::create_test_login(&visit.state.hub, &actor, &id, &body).await?;
    Ok(HttpResponse::Created().json(json!({
        "id": made.test.id,
        "url": made.address.reveal(),
        "expires_at": made.test.good_until.iso8601(),
    })))
}
