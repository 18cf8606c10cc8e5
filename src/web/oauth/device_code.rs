//! `POST /oauth/device/code` (RFC 8628 §3.1).

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::audit::LogType;
use crate::domain::limits;
use crate::flows::token::authorize_device;
use crate::web::extract::{Visit, read_form};
use crate::web::json_error;

pub async fn handle(visit: Visit, request: HttpRequest, body: Payload) -> HttpResponse {
    let form = match read_form(&request, body, limits::FORM_BYTES).await {
        Ok(form) => form,
        Err(error) => return json_error::form_error(&visit, error, LogType::DeviceRequestFailed),
    };
    let authorization = visit.header(&AUTHORIZATION);
    match authorize_device(&visit.state.hub, authorization, &form, &visit.origin).await {
        Ok(codes) => HttpResponse::Ok().json(codes),
        Err(error) => json_error::token_error(&visit, &error, authorization.is_some()),
    }
}
