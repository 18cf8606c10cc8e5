//! GET /api/v2/sessions/{id}

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::READ_SESSIONS;
use crate::domain::session_json::session_json;
use crate::flows::manage::{ManageError, Resource};
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get a session", READ_SESSIONS).await?;
    let id = id(&request)?;
    let hub = &visit.state.hub;
    let now = hub.clock.now();
    let found = hub.store.read(move |tx| {
        let session = tx.find_session(&id)?.filter(|session| session.is_alive(now));
        let session = session.ok_or(ManageError::NotFound(Resource::Session))?;
        let clients = tx.clients_of_session(&session.id)?;
        Ok::<_, ManageError>(session_json(&session, &clients))
    });
    Ok(HttpResponse::Ok().json(found.await?))
}
