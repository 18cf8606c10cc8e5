//! GET /api/v2/connections

use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use super::add_findings;
use crate::domain::connection::{Connection, Strategy, connection_json};
use crate::domain::diagnosis::Status;
use crate::domain::issuer::Issuer;
use crate::domain::management_scope::READ_CONNECTIONS;
use crate::store::{ConnectionFilter, Paged, StoreError};
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
    let hub = &visit.state.hub;
    let connections = hub.directory.connections();
    let (paged, statuses) = hub
        .store
        .read(move |tx| {
            let paged = connections.list(tx, &filter, &page)?;
            let ids: Vec<&str> = paged.items.iter().map(|connection| connection.id.as_str()).collect();
            let statuses = tx.statuses_of(&ids)?;
            Ok::<_, StoreError>((paged, statuses))
        })
        .await?;
    let shown =
        |connection: Connection| in_list(&connection, &hub.issuer, statuses.get(&connection.id).copied());
    Ok(HttpResponse::Ok().json(listing.answer(paged, shown)))
}

fn in_list(connection: &Connection, issuer: &Issuer, status: Option<Status>) -> Value {
    let mut json = connection_json(connection, None);
    add_findings(&mut json, connection, issuer, status);
    if let Some(members) = json.as_object_mut() {
        members.remove("enabled_clients");
    }
    json
}
