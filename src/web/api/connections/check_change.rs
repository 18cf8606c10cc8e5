//! POST /api/v2/connections/{id}/check

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::UPDATE_CONNECTIONS;
use crate::flows::manage;
use crate::web::api::body;
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// The body of a change, or none: what the provider says to the connection as it would be; nothing is changed.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Check a change of a connection", UPDATE_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    let patch = body::optional_object(&request, payload).await?;
    Ok(HttpResponse::Ok().json(manage::check_change(&visit.state.hub, &actor, &id, &patch).await?))
}
