//! POST /api/v2/connections/{id}/metadata/accept

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::UPDATE_CONNECTIONS;
use crate::flows::manage;
use crate::web::api::body;
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// `{"sha256"}` of what waits, as the status shows it; 200 with what logins go by from now on.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let what = "Accept the metadata of a connection's provider";
    let actor = authorize(&visit, &request, what, UPDATE_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    let body = body::object(&request, payload).await?;
    Ok(HttpResponse::Ok().json(manage::accept_metadata(&visit.state.hub, &actor, &id, &body).await?))
}
