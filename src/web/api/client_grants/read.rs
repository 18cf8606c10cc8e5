//! GET /api/v2/client-grants/{id}

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::client_grant::client_grant_json;
use crate::domain::management_scope::READ_CLIENT_GRANTS;
use crate::flows::manage::{ManageError, Resource};
use crate::web::api::answer;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::api::list::Fields;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get a client grant", READ_CLIENT_GRANTS).await?;
    let id = id(&request)?;
    let mut query = Query::of(&request);
    let fields = Fields::read(&mut query);
    query.finish()?;
    let found = visit.state.hub.store.read(move |tx| tx.find_client_grant(&id)).await?;
    let found = found.ok_or(ManageError::NotFound(Resource::ClientGrant))?;
    Ok(answer::found(&request, found.version, client_grant_json(&found), fields.as_ref()))
}
