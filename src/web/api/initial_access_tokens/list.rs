//! GET /api/v2/initial-access-tokens

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::client_registration::initial_access_token_json;
use crate::domain::management_scope::READ_INITIAL_ACCESS_TOKENS;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::list::{Listing, Position};
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Tokens by id, without their values.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List initial access tokens", READ_INITIAL_ACCESS_TOKENS).await?;
    let mut query = Query::of(&request);
    let listing = Listing::read(&mut query, "initial_access_tokens", Position::Opaque);
    query.finish()?;
    let page = listing.page.clone();
    let paged = visit.state.hub.store.read(move |tx| tx.list_initial_access_tokens(&page)).await?;
    Ok(HttpResponse::Ok().json(listing.answer(paged, |token| initial_access_token_json(&token))))
}
