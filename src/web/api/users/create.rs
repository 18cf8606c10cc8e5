//! POST /api/v2/users

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::shown;
use crate::domain::management_scope::CREATE_USERS;
use crate::flows::manage;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::{answer, body};
use crate::web::extract::Visit;

/// A person with e-mail and password, at a connection with classic accounts.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Create a user", CREATE_USERS).await?;
    let body = body::object(&request, payload).await?;
    let user = manage::create_user(&visit.state.hub, &actor, &body).await?;
    let version = user.version;
    Ok(answer::resource(StatusCode::CREATED, version, &shown(&visit.state.hub, user).await?))
}
