//! GET /api/v2/logs/{id}

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::log_json::log_json;
use crate::domain::management_scope::READ_LOGS;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get a log entry", READ_LOGS).await?;
    let id = id(&request)?;
    Query::of(&request).finish()?;
    visit.state.hub.journal.flush_for_reader(&visit.state.hub).await;
    let entry = visit.state.hub.store.read(move |tx| tx.find_log(&id)).await?.ok_or(ApiError::NoSuchLog)?;
    Ok(HttpResponse::Ok().json(log_json(&entry)))
}
