//! GET /api/v2/users/{id}

use actix_web::{HttpRequest, HttpResponse};

use super::with_identities;
use crate::domain::management_scope::READ_USERS;
use crate::flows::manage::{ManageError, Resource};
use crate::web::api::answer;
use crate::web::api::call::{authorize, id};
use crate::web::api::error::ApiError;
use crate::web::api::list::Fields;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get a user", READ_USERS).await?;
    let id = id(&request)?;
    let mut query = Query::of(&request);
    let fields = Fields::read(&mut query);
    query.finish()?;
    let (version, json) = visit
        .state
        .hub
        .store
        .read(move |tx| {
            let user = tx.find_user(&id)?.ok_or(ManageError::NotFound(Resource::User))?;
            let version = user.version;
            Ok::<_, ManageError>((version, with_identities(tx, &[user])?.pop().unwrap_or_default()))
        })
        .await?;
    Ok(answer::found(&request, version, json, fields.as_ref()))
}
