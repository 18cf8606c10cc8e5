//! GET /api/v2/connections/{id}/domains/{domain}

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::domain_claim::domain_claim_json;
use crate::domain::management_scope::READ_CONNECTIONS;
use crate::flows::manage::{ManageError, Resource};
use crate::web::api::call::{authorize, two_ids};
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get a domain of a connection", READ_CONNECTIONS).await?;
    let (id, domain) = two_ids(&request)?;
    Query::of(&request).finish()?;
    let found = visit.state.hub.store.read(move |tx| tx.find_domain_claim(&id, &domain)).await?;
    let claim = found.ok_or(ManageError::NotFound(Resource::Domain))?;
    Ok(HttpResponse::Ok().json(domain_claim_json(&claim)))
}
