//! `POST /oauth/revoke` (RFC 7009).

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::audit::LogType;
use crate::domain::limits;
use crate::flows::token::revoke;
use crate::web::extract::{Visit, read_form};
use crate::web::json_error;

pub async fn handle(visit: Visit, request: HttpRequest, body: Payload) -> HttpResponse {
    let form = match read_form(&request, body, limits::FORM_BYTES).await {
        Ok(form) => form,
        Err(error) => return json_error::form_error(&visit, error, LogType::RevocationFailed),
    };
    let authorization = visit.header(&AUTHORIZATION);
    match revoke(&visit.state.hub, authorization, &form, &visit.origin).await {
        Ok(()) => HttpResponse::Ok().finish(),
        Err(error) => json_error::token_error(&visit, &error, authorization.is_some()),
    }
}
