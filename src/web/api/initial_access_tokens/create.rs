//! POST /api/v2/initial-access-tokens

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::domain::client_registration::initial_access_token_json;
use crate::domain::management_scope::CREATE_INITIAL_ACCESS_TOKENS;
use crate::flows::manage;
use crate::web::api::body;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// The answer shows the token, once.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let what = "Create an initial access token";
    let actor = authorize(&visit, &request, what, CREATE_INITIAL_ACCESS_TOKENS).await?;
    let body = body::optional_object(&request, payload).await?;
    let made = manage::create_initial_access_token(&visit.state.hub, &actor, &body).await?;
    let mut json = initial_access_token_json(&made.token);
    if let Some(members) = json.as_object_mut() {
        members.insert("token".into(), json!(made.value.reveal()));
    }
    Ok(HttpResponse::Created().json(json))
}
