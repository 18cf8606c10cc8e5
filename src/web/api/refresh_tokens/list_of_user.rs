//! GET /api/v2/users/{id}/refresh-tokens

use actix_web::{HttpRequest, HttpResponse};

use super::shown;
use crate::domain::management_scope::READ_REFRESH_TOKENS;
use crate::flows::manage::{ManageError, Resource};
use crate::store::Paged;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::api::list::{Listing, Position};
use crate::web::api::query::Query;
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get the refresh tokens of a user", READ_REFRESH_TOKENS).await?;
    let id = id(&request)?;
    let mut query = Query::of(&request);
    let listing = Listing::read(&mut query, "tokens", Position::Opaque);
    query.finish()?;
    let (page, hub) = (listing.page.clone(), &visit.state.hub);
    let now = hub.clock.now();
    let found = hub.store.read(move |tx| {
        tx.find_user(&id)?.ok_or(ManageError::NotFound(Resource::User))?;
        let Paged { items, total, next } = tx.list_refresh_grants(&id, now, &page)?;
        let mut tokens = Vec::with_capacity(items.len());
        for grant in &items {
            tokens.extend(shown(tx, grant)?);
        }
        Ok::<_, ManageError>(Paged { items: tokens, total, next })
    });
    Ok(HttpResponse::Ok().json(listing.answer(found.await?, |json| json)))
}
