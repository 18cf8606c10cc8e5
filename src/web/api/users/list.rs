//! GET /api/v2/users

use actix_web::{HttpRequest, HttpResponse};

use super::search::{Search, find_users};
use crate::domain::management_scope::READ_USERS;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::list::{Listing, Position};
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Users by `user_id`, all of them or those that `q` describes.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List or search users", READ_USERS).await?;
    let mut query = Query::of(&request);
    let listing = Listing::read(&mut query, "users", Position::Opaque);
    let search = Search::read(&mut query);
    query.finish()?;
    let page = listing.page.clone();
    let paged = find_users(&visit.state.hub, search, page).await?;
    Ok(HttpResponse::Ok().json(listing.answer(paged, |json| json)))
}
