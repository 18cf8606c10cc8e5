//! GET /api/v2/resource-servers/{id}

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::READ_RESOURCE_SERVERS;
use crate::domain::resource_server::resource_server_json;
use crate::flows::manage::{ManageError, Resource};
use crate::web::api::answer;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::api::list::Fields;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// By its id, or by its identifier, percent-encoded.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get a resource server", READ_RESOURCE_SERVERS).await?;
    let id = id(&request)?;
    let mut query = Query::of(&request);
    let fields = Fields::read(&mut query);
    query.finish()?;
    let found = visit.state.hub.store.read(move |tx| tx.find_resource_server_by_name(&id)).await?;
    let found = found.ok_or(ManageError::NotFound(Resource::ResourceServer))?;
    Ok(answer::found(&request, found.version, resource_server_json(&found), fields.as_ref()))
}
