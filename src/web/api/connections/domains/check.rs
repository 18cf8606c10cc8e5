//! POST /api/v2/connections/{id}/domains/{domain}/verify

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::domain_claim::domain_claim_json;
use crate::domain::management_scope::UPDATE_CONNECTIONS;
use crate::flows::manage;
use crate::web::api::call::{authorize, two_ids};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// Looks for the record now; the answer says what was found.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Check a domain", UPDATE_CONNECTIONS).await?;
    let (id, domain) = two_ids(&request)?;
    let claim = manage::check_domain(&visit.state.hub, &actor, &id, &domain).await?;
    Ok(HttpResponse::Ok().json(domain_claim_json(&claim)))
}
