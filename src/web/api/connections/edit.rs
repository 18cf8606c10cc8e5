//! PATCH /api/v2/connections/{id}

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::shown;
use crate::domain::management_scope::UPDATE_CONNECTIONS;
use crate::flows::manage;
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::api::preconditions::if_match;
use crate::web::api::{answer, body};
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Update a connection", UPDATE_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    let patch = body::object(&request, payload).await?;
    let connection =
        manage::edit_connection(&visit.state.hub, &actor, &id, patch, if_match(&request)).await?;
    let json = shown(&visit.state.hub, &connection).await?;
    Ok(answer::resource(StatusCode::OK, connection.version, &json))
}
