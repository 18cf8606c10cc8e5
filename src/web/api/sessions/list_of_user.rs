//! GET /api/v2/users/{id}/sessions

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::READ_SESSIONS;
use crate::domain::session_json::session_json;
use crate::flows::manage::{ManageError, Resource};
use crate::store::Paged;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::api::list::{Listing, Position};
use crate::web::api::query::Query;
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get the sessions of a user", READ_SESSIONS).await?;
    let id = id(&request)?;
    let mut query = Query::of(&request);
    let listing = Listing::read(&mut query, "sessions", Position::Opaque);
    query.finish()?;
    let (page, hub) = (listing.page.clone(), &visit.state.hub);
    let now = hub.clock.now();
    let found = hub.store.read(move |tx| {
        tx.find_user(&id)?.ok_or(ManageError::NotFound(Resource::User))?;
        let Paged { items, total, next } = tx.list_sessions(&id, now, &page)?;
        let mut shown = Vec::with_capacity(items.len());
        for session in items.into_iter().filter(|session| session.is_alive(now)) {
            shown.push(session_json(&session, &tx.clients_of_session(&session.id)?));
        }
        Ok::<_, ManageError>(Paged { items: shown, total, next })
    });
    Ok(HttpResponse::Ok().json(listing.answer(found.await?, |json| json)))
}
