//! GET /api/v2/resource-servers

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::READ_RESOURCE_SERVERS;
use crate::domain::resource_server::resource_server_json;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::list::{Listing, Position};
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// APIs by id, or those whose identifiers `identifiers` names (given once for each).
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List resource servers", READ_RESOURCE_SERVERS).await?;
    let mut query = Query::of(&request);
    let listing = Listing::read(&mut query, "resource_servers", Position::Opaque);
    let identifiers = query.all("identifiers");
    query.finish()?;
    let page = listing.page.clone();
    let paged = visit.state.hub.store.read(move |tx| tx.list_resource_servers(&identifiers, &page)).await?;
    Ok(HttpResponse::Ok().json(listing.answer(paged, |api| resource_server_json(&api))))
}
