//! POST /api/v2/connections/{id}/attribute-map/versions/{version}/restore

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::connection_and_version;
use crate::domain::management_scope::UPDATE_CONNECTIONS;
use crate::flows::manage;
use crate::web::api::answer;
use crate::web::api::call::authorize;
use crate::web::api::connections::shown;
use crate::web::api::error::ApiError;
use crate::web::api::preconditions::if_match;
use crate::web::extract::Visit;

/// The connection with that map.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Restore an attribute map", UPDATE_CONNECTIONS).await?;
    let (id, version) = connection_and_version(&request)?;
    let hub = &visit.state.hub;
    let connection = manage::restore_attribute_map(hub, &actor, &id, version, if_match(&request)).await?;
    let json = shown(&visit.state.hub, &connection).await?;
    Ok(answer::resource(StatusCode::OK, connection.version, &json))
}
