//! GET /api/v2/logs

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::limits;
use crate::domain::log_json::log_json;
use crate::domain::management_scope::READ_LOGS;
use crate::store::{LogFilter, Page, Paged};
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::list::{Listing, Position};
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Log entries, newest first; by position (`from` a `log_id`) those after it, oldest first. By position the
/// latest seconds are held back: entries are written a little later than they are dated, and a reader who comes
/// back with the last `log_id` must not miss one.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Search log entries", READ_LOGS).await?;
    let mut query = Query::of(&request);
    let listing = Listing::read(&mut query, "logs", Position::ItemId);
    let connection = query.one("connection");
    let mut filter = LogFilter {
        log_types: query.all("type"),
        user_id: query.one("user_id"),
        client_id: query.one("client_id"),
        connection_id: query.one("connection_id"),
        newest_first: matches!(listing.page, Page::Numbered { .. }),
    };
    match query.one("sort").as_deref() {
        None => {}
        Some("date:-1") => filter.newest_first = true,
        Some("date:1") => filter.newest_first = false,
        Some(_) => query.refuse("sort", "must be date:-1, newest first, or date:1, oldest first"),
    }
    query.finish()?;
    visit.state.hub.journal.flush_for_reader(&visit.state.hub).await;
    let page = listing.page.clone();
    let is_read_on = matches!(page, Page::After { .. }) && !filter.newest_first;
    let read = visit.state.hub.store.read(move |tx| {
        let mut filter = filter.clone();
        if let Some(name) = &connection {
            let id = tx.find_connection_by_name(name)?.map(|connection| connection.id);
            let Some(id) = id.filter(|id| filter.connection_id.as_ref().is_none_or(|wanted| wanted == id))
            else {
                return Ok(Paged::nothing());
            };
            filter.connection_id = Some(id);
        }
        tx.list_logs(&filter, &page)
    });
    let mut paged = read.await?;
    if is_read_on {
        let settled = visit.state.hub.clock.now().plus_seconds(-limits::LOG_SETTLING_SECONDS);
        paged.items.retain(|entry| entry.date <= settled);
    }
    Ok(HttpResponse::Ok().json(listing.answer(paged, |entry| log_json(&entry))))
}
