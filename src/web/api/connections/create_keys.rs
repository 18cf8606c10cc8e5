//! POST /api/v2/connections/{id}/keys

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::CREATE_CONNECTIONS_KEYS;
use crate::flows::manage::{self, ManageError, Resource};
use crate::web::api::body;
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// Keys before they are used: the provider can be told of them first.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor =
        authorize(&visit, &request, "Create the keys of a connection", CREATE_CONNECTIONS_KEYS).await?;
    let id = connection_id(&request)?;
    let body = body::optional_object(&request, payload).await?;
    let hub = &visit.state.hub;
    manage::create_connection_keys(hub, &actor, &id, &body).await?;
    let connection =
        hub.directory.connection(&id).await?.ok_or(ManageError::NotFound(Resource::Connection))?;
    let keys = hub.directory.connection_keys(&connection.id).await?;
    Ok(HttpResponse::build(StatusCode::CREATED).json(keys.shown(&connection.options)))
}
