//! `POST /oauth/introspect` (RFC 7662; signed answers: RFC 9701).

use actix_web::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::audit::LogType;
use crate::domain::limits;
use crate::flows::token::{Introspection, introspect};
use crate::web::extract::{Visit, read_form};
use crate::web::json_error;

/// The media type of a signed answer.
const JWT: &str = "application/token-introspection+jwt";

pub async fn handle(visit: Visit, request: HttpRequest, body: Payload) -> HttpResponse {
    let form = match read_form(&request, body, limits::FORM_BYTES).await {
        Ok(form) => form,
        Err(error) => return json_error::form_error(&visit, error, LogType::IntrospectionFailed),
    };
    let authorization = visit.header(&AUTHORIZATION);
    let wants_jwt = visit.header(&ACCEPT).is_some_and(accepts_jwt);
    match introspect(&visit.state.hub, authorization, &form, wants_jwt, &visit.origin).await {
        Ok(Introspection::Json(answer)) => HttpResponse::Ok().json(answer),
        Ok(Introspection::Jwt(token)) => HttpResponse::Ok().insert_header((CONTENT_TYPE, JWT)).body(token),
        Err(error) => json_error::token_error(&visit, &error, authorization.is_some()),
    }
}

fn accepts_jwt(accept: &str) -> bool {
    accept.split(',').any(|one| one.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(JWT))
}
