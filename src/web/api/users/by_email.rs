//! GET /api/v2/users-by-email

use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use super::search::{Search, find_users};
use crate::domain::limits;
use crate::domain::management_scope::READ_USERS;
use crate::store::Page;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::list::Fields;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Every user with this address, whatever the connection.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Search users by email", READ_USERS).await?;
    let mut query = Query::of(&request);
    let email = query.one("email");
    if email.is_none() {
        query.refuse("email", "is required");
    }
    let fields = Fields::read(&mut query);
    query.finish()?;
    let search = Search { email, connection: None };
    let page = Page::After { after: None, take: limits::PAGE_SIZE_MAX };
    let found = find_users(&visit.state.hub, search, page).await?;
    let users: Vec<Value> = found
        .items
        .into_iter()
        .map(|user| match &fields {
            Some(fields) => fields.choose(user),
            None => user,
        })
        .collect();
    Ok(HttpResponse::Ok().json(users))
}
