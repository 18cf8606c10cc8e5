//! GET /api/v2/clients/{id}/secrets

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::client::client_secrets_json;
use crate::domain::management_scope::READ_CLIENT_KEYS;
use crate::flows::manage::{ManageError, Resource};
use crate::web::api::answer;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// The secrets that are good now, without their values: at most two, the current one first.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List client secrets", READ_CLIENT_KEYS).await?;
    let id = id(&request)?;
    let hub = &visit.state.hub;
    let found = hub.store.read(move |tx| tx.find_client(&id)).await?;
    let client = found.ok_or(ManageError::NotFound(Resource::Client))?;
    Ok(answer::found(&request, client.version, client_secrets_json(&client, hub.clock.now()), None))
}
