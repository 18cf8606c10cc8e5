//! GET /api/v2/connections/{id}/setup-tickets

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::domain::management_scope::READ_CONNECTIONS;
use crate::domain::setup_ticket::setup_ticket_json;
use crate::flows::manage::{ManageError, Resource};
use crate::store::StoreError;
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// The tickets that are good now, without their addresses; their number is limited.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List set-up tickets", READ_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    Query::of(&request).finish()?;
    let hub = &visit.state.hub;
    let now = hub.clock.now();
    let found = hub
        .store
        .read(move |tx| {
            let exists = tx.find_connection(&id)?.is_some();
            Ok::<_, StoreError>(if exists { Some(tx.setup_tickets_of(&id, now)?) } else { None })
        })
        .await?;
    let tickets = found.ok_or(ManageError::NotFound(Resource::Connection))?;
    let tickets: Vec<Value> = tickets.iter().map(setup_ticket_json).collect();
    Ok(HttpResponse::Ok().json(json!({ "setup_tickets": tickets })))
}
