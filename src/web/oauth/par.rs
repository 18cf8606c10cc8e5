//! `POST /oauth/par` (RFC 9126 §2).

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, RETRY_AFTER};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::domain::audit::LogType;
use crate::domain::limits;
use crate::flows::login::{PushError, push_request};
use crate::web::extract::{Visit, read_form};
use crate::web::json_error;
use crate::web::oauth::dpop;

pub async fn handle(visit: Visit, request: HttpRequest, body: Payload) -> HttpResponse {
    let form = match read_form(&request, body, limits::FORM_BYTES).await {
        Ok(form) => form,
        Err(error) => return json_error::form_error(&visit, error, LogType::PushedRequestFailed),
    };
    let authorization = visit.header(&AUTHORIZATION);
    let proof = match dpop::proof(&request) {
        Ok(proof) => proof,
        Err(error) => return json_error::token_error(&visit, &error, authorization.is_some()),
    };
    let outcome = push_request(&visit.state.hub, authorization, proof, &form, &visit.origin).await;
    let mut answer = match outcome {
        Ok(pushed) => HttpResponse::Created()
            .json(json!({"request_uri": pushed.request_uri, "expires_in": pushed.expires_in})),
        Err(PushError::Refused(error)) => json_error::token_error(&visit, &error, authorization.is_some()),
        Err(error @ PushError::TooMany) => HttpResponse::build(StatusCode::TOO_MANY_REQUESTS)
            .insert_header((RETRY_AFTER, limits::FULL_SECTION_SECONDS.to_string()))
            .json(json!({"error": "temporarily_unavailable", "error_description": error.to_string()})),
    };
    dpop::add_nonce(&visit, proof, &mut answer);
    answer
}
