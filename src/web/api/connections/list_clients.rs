//! GET /api/v2/connections/{id}/clients

use std::ops::Bound;

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::domain::limits;
use crate::domain::management_scope::READ_CONNECTIONS;
use crate::flows::manage::{ManageError, Resource};
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::api::list::{read_position, written_position};
use crate::web::api::preconditions::etag;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// The applications that may use a connection, by position.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get the applications of a connection", READ_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    let mut query = Query::of(&request);
    let from = read_position(&mut query);
    let take = query.integer("take", 1..=limits::ENABLED_CLIENTS_PAGE_MAX).unwrap_or(limits::PAGE_SIZE);
    query.finish()?;
    let found = visit.state.hub.store.read(move |tx| tx.find_connection(&id)).await?;
    let connection = found.ok_or(ManageError::NotFound(Resource::Connection))?;
    let start = from.map_or(Bound::Unbounded, Bound::Excluded);
    let mut rest = connection.enabled_clients.range((start, Bound::Unbounded));
    let page: Vec<&String> = rest.by_ref().take(usize::try_from(take).unwrap_or_default()).collect();
    let clients: Vec<Value> = page.iter().map(|client_id| json!({"client_id": client_id})).collect();
    let mut answer = json!({"clients": clients});
    if let (Some(last), Some(_), Some(answer)) = (page.last(), rest.next(), answer.as_object_mut()) {
        answer.insert("next".into(), json!(written_position(last)));
    }
    Ok(HttpResponse::Ok().insert_header(("ETag", etag(connection.version))).json(answer))
}
