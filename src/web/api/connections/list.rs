//! GET /api/v2/connections

use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use crate::domain::connection::{Connection, Strategy, connection_json};
use crate::domain::management_scope::READ_CONNECTIONS;
use crate::store::{ConnectionFilter, Paged};
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::list::{Listing, Position};
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Connections by name; `enabled_clients` is only in the answer for one connection.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List connections", READ_CONNECTIONS).await?;
    let mut query = Query::of(&request);
    let listing = Listing::read(&mut query, "connections", Position::Opaque);
    let (name, strategies) = (query.one("name"), query.all("strategy"));
    query.finish()?;
    // A strategy this hub does not have selects no connection, as it would anywhere.
    let known: Vec<Strategy> = strategies.iter().filter_map(|name| Strategy::from_name(name)).collect();
    if !strategies.is_empty() && known.is_empty() {
        return Ok(HttpResponse::Ok().json(listing.answer(Paged::<Value>::nothing(), |json| json)));
    }
    let filter = ConnectionFilter { name, strategies: known, ..ConnectionFilter::default() };
    let page = listing.page.clone();
    let paged = visit.state.hub.store.read(move |tx| tx.list_connections(&filter, &page)).await?;
    Ok(HttpResponse::Ok().json(listing.answer(paged, |connection| in_list(&connection))))
}

fn in_list(connection: &Connection) -> Value {
    let mut json = connection_json(connection, None);
    if let Some(members) = json.as_object_mut() {
        members.remove("enabled_clients");
    }
    json
}
