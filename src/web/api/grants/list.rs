//! GET /api/v2/grants

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::consent::consent_json;
use crate::domain::management_scope::READ_GRANTS;
use crate::store::ConsentFilter;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::list::{Listing, Position};
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Consents by id; `user_id`, `client_id` and `audience` narrow the list.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List grants", READ_GRANTS).await?;
    let mut query = Query::of(&request);
    let listing = Listing::read(&mut query, "grants", Position::Opaque);
    let filter = ConsentFilter {
        user_id: query.one("user_id"),
        client_id: query.one("client_id"),
        audience: query.one("audience"),
    };
    query.finish()?;
    let page = listing.page.clone();
    let paged = visit.state.hub.store.read(move |tx| tx.list_consents(&filter, &page)).await?;
    Ok(HttpResponse::Ok().json(listing.answer(paged, |consent| consent_json(&consent))))
}
