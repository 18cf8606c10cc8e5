//! POST /api/v2/connections/{id}/attribute-map/try

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::UPDATE_CONNECTIONS;
use crate::flows::manage;
use crate::web::api::body;
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// `{"claims", "userinfo", "attribute_map"}`: the profile they would give, and why; nothing is changed. It takes the
/// right to change the connection, since what a map makes of people's claims is no less.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Try an attribute map", UPDATE_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    let body = body::object(&request, payload).await?;
    Ok(HttpResponse::Ok().json(manage::try_attribute_map(&visit.state.hub, &id, &body).await?))
}
