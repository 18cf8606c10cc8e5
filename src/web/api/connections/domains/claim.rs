//! POST /api/v2/connections/{id}/domains

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::domain_claim::domain_claim_json;
use crate::domain::management_scope::UPDATE_CONNECTIONS;
use crate::flows::manage;
use crate::web::api::body;
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// `{"domain"}`; the answer names the TXT record that proves it.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Claim a domain", UPDATE_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    let body = body::object(&request, payload).await?;
    let claim = manage::claim_domain(&visit.state.hub, &actor, &id, &body).await?;
    Ok(HttpResponse::Created().json(domain_claim_json(&claim)))
}
