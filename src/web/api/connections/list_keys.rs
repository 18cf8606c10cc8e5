//! GET /api/v2/connections/{id}/keys

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::READ_CONNECTIONS_KEYS;
use crate::flows::manage::{ManageError, Resource};
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Current, next and previous key; never a private one.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List the keys of a connection", READ_CONNECTIONS_KEYS).await?;
    let id = connection_id(&request)?;
    Query::of(&request).finish()?;
    let directory = &visit.state.hub.directory;
    let connection = directory.connection(&id).await?.ok_or(ManageError::NotFound(Resource::Connection))?;
    let keys = directory.connection_keys(&connection.id).await?;
    Ok(HttpResponse::Ok().json(keys.shown(&connection.options)))
}
