//! GET /api/v2/clients/{id}

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::client::client_json;
use crate::domain::management_scope::READ_CLIENTS;
use crate::flows::manage::{ManageError, Resource};
use crate::web::api::answer;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::api::list::Fields;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get a client", READ_CLIENTS).await?;
    let id = id(&request)?;
    let mut query = Query::of(&request);
    let fields = Fields::read(&mut query);
    query.finish()?;
    let found = visit.state.hub.store.read(move |tx| tx.find_client(&id)).await?;
    let client = found.ok_or(ManageError::NotFound(Resource::Client))?;
    Ok(answer::found(&request, client.version, client_json(&client), fields.as_ref()))
}
