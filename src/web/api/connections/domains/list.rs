//! GET /api/v2/connections/{id}/domains

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::domain::domain_claim::domain_claim_json;
use crate::domain::management_scope::READ_CONNECTIONS;
use crate::flows::manage::{ManageError, Resource};
use crate::store::StoreError;
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Every domain that a connection claims, proven or not; their number is limited.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List the domains of a connection", READ_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    Query::of(&request).finish()?;
    let found = visit
        .state
        .hub
        .store
        .read(move |tx| {
            let exists = tx.find_connection(&id)?.is_some();
            Ok::<_, StoreError>(if exists { Some(tx.domain_claims_of(&id)?) } else { None })
        })
        .await?;
    let claims = found.ok_or(ManageError::NotFound(Resource::Connection))?;
    let domains: Vec<Value> = claims.iter().map(domain_claim_json).collect();
    Ok(HttpResponse::Ok().json(json!({ "domains": domains })))
}
