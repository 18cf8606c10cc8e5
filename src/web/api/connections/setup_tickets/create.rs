//! POST /api/v2/connections/{id}/setup-tickets

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::domain::management_scope::UPDATE_CONNECTIONS;
use crate::domain::setup_ticket::setup_ticket_json;
use crate::flows::manage;
use crate::web::api::body;
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// `{"ttl_sec"}`, if at all; the answer is the only one that holds the page's address, `ticket`.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Create a set-up ticket", UPDATE_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    let body = body::object(&request, payload).await?;
    let made = manage::create_setup_ticket(&visit.state.hub, &actor, &id, &body).await?;
    let mut json = setup_ticket_json(&made.ticket);
    if let Some(members) = json.as_object_mut() {
        members.insert("ticket".into(), json!(made.address.reveal()));
    }
    Ok(HttpResponse::Created().json(json))
}
