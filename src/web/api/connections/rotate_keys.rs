//! POST /api/v2/connections/{id}/keys/rotate

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::UPDATE_CONNECTIONS_KEYS;
use crate::domain::signing_key::KeyStatus;
use crate::flows::manage::{self, ManageError, Resource};
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// 201 with the key that signs from now on.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor =
        authorize(&visit, &request, "Rotate the keys of a connection", UPDATE_CONNECTIONS_KEYS).await?;
    let id = connection_id(&request)?;
    let hub = &visit.state.hub;
    manage::rotate_connection_keys(hub, &actor, &id).await?;
    let connection =
        hub.directory.connection(&id).await?.ok_or(ManageError::NotFound(Resource::Connection))?;
    let keys = hub.directory.connection_keys(&connection.id).await?;
    let current = keys.shown_as(KeyStatus::Current, &connection.options);
    Ok(HttpResponse::build(StatusCode::CREATED).json(current))
}
