//! `POST /oauth/backchannel-logout/connection/{name}`: a provider says that somebody signed out there (OpenID Connect
//! Back-Channel Logout 1.0 §2.5, §2.8).

use actix_web::http::StatusCode;
use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::domain::limits;
use crate::flows::logout::{NotObeyed, obey_logout_token};
use crate::protocol::error::DESCRIPTION_BYTES;
use crate::protocol::said::Said;
use crate::web::extract::{Visit, read_form};

pub async fn handle(visit: Visit, name: Path<String>, request: HttpRequest, body: Payload) -> HttpResponse {
    // What is no form carries no token.
    let form = read_form(&request, body, limits::FORM_BYTES).await.unwrap_or_default();
    match obey_logout_token(&visit.state.hub, &name, form.single("logout_token"), &visit.origin).await {
        Ok(()) => HttpResponse::Ok().finish(),
        Err(reason) => {
            let status = match (&reason, reason.is_temporary()) {
                (NotObeyed::UnknownConnection, _) => StatusCode::NOT_FOUND,
                (_, true) => StatusCode::SERVICE_UNAVAILABLE,
                (_, false) => StatusCode::BAD_REQUEST,
            };
            let words = match reason {
                NotObeyed::Store(_) => "try again".to_owned(),
                NotObeyed::UnknownConnection
                | NotObeyed::NoToken
                | NotObeyed::Replayed
                | NotObeyed::NotVerified(_) => reason.to_string(),
            };
            let words = Said::<DESCRIPTION_BYTES>::new(words);
            HttpResponse::build(status).json(json!({"error": "invalid_request", "error_description": words}))
        }
    }
}
