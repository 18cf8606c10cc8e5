//! GET /api/v2/connections/{id}

use actix_web::{HttpRequest, HttpResponse};

use super::shown_with_metadata;
use crate::domain::management_scope::READ_CONNECTIONS;
use crate::flows::manage::{ManageError, Resource};
use crate::web::api::answer;
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::api::list::Fields;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Always the whole: its state changes without its version.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get a connection", READ_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    let mut query = Query::of(&request);
    let fields = Fields::read(&mut query);
    query.finish()?;
    let found = visit.state.hub.store.read(move |tx| tx.find_connection(&id)).await?;
    let connection = found.ok_or(ManageError::NotFound(Resource::Connection))?;
    let json = shown_with_metadata(&visit.state.hub, &connection).await?;
    Ok(answer::found_now(connection.version, json, fields.as_ref()))
}
