//! GET /api/v2/refresh-tokens/{id}

use actix_web::{HttpRequest, HttpResponse};

use super::shown;
use crate::domain::management_scope::READ_REFRESH_TOKENS;
use crate::flows::manage::{ManageError, Resource};
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get a refresh token", READ_REFRESH_TOKENS).await?;
    let id = id(&request)?;
    let hub = &visit.state.hub;
    let now = hub.clock.now();
    let found = hub.store.read(move |tx| {
        let grant = tx.find_grant(&id)?.filter(|grant| grant.revoked_at.is_none() && now < grant.expires_at);
        let found = match &grant {
            Some(grant) => shown(tx, grant)?,
            None => None,
        };
        found.ok_or(ManageError::NotFound(Resource::RefreshToken))
    });
    Ok(HttpResponse::Ok().json(found.await?))
}
