//! GET /api/v2/clients

use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use crate::domain::client::client_json;
use crate::domain::management_scope::READ_CLIENTS;
use crate::store::Paged;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::list::{Listing, Position};
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Applications by `client_id`. None is "global", a notion of Auth0's own that its tools filter by.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List clients", READ_CLIENTS).await?;
    let mut query = Query::of(&request);
    let listing = Listing::read(&mut query, "clients", Position::Opaque);
    let is_global = query.boolean("is_global").unwrap_or(false);
    query.finish()?;
    if is_global {
        return Ok(HttpResponse::Ok().json(listing.answer(Paged::<Value>::nothing(), |json| json)));
    }
    let page = listing.page.clone();
    let paged = visit.state.hub.store.read(move |tx| tx.list_clients(&page)).await?;
    Ok(HttpResponse::Ok().json(listing.answer(paged, |client| client_json(&client))))
}
