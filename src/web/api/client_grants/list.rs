//! GET /api/v2/client-grants

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::client_grant::{GrantSubject, client_grant_json};
use crate::domain::management_scope::READ_CLIENT_GRANTS;
use crate::store::ClientGrantFilter;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::list::{Listing, Position};
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Client grants by id; `client_id`, `audience` and `subject_type` narrow the list.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List client grants", READ_CLIENT_GRANTS).await?;
    let mut query = Query::of(&request);
    let listing = Listing::read(&mut query, "client_grants", Position::Opaque);
    let subject_type = query.one("subject_type");
    let filter = ClientGrantFilter {
        client_id: query.one("client_id"),
        audience: query.one("audience"),
        subject_type: subject_type.as_deref().and_then(GrantSubject::from_name),
    };
    if subject_type.is_some() && filter.subject_type.is_none_or(|one| one == GrantSubject::Any) {
        query.refuse("subject_type", "must be client or user");
    }
    query.finish()?;
    let page = listing.page.clone();
    let paged = visit.state.hub.store.read(move |tx| tx.list_client_grants(&filter, &page)).await?;
    Ok(HttpResponse::Ok().json(listing.answer(paged, |grant| client_grant_json(&grant))))
}
