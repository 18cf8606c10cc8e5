//! `POST /oauth/token` (RFC 6749 §3.2, OpenID Connect Core §3.1.3).

use actix_web::http::header::{AUTHORIZATION, PRAGMA};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::limits;
use crate::flows::token::exchange;
use crate::web::extract::{Visit, read_form};
use crate::web::json_error;
use crate::web::oauth::dpop;

pub async fn handle(visit: Visit, request: HttpRequest, body: Payload) -> HttpResponse {
    let form = match read_form(&request, body, limits::FORM_BYTES).await {
        Ok(form) => form,
        Err(error) => return json_error::token_form_error(&visit, error),
    };
    let authorization = visit.header(&AUTHORIZATION);
    let proof = match dpop::proof(&request) {
        Ok(proof) => proof,
        Err(error) => return json_error::token_error(&visit, &error, authorization.is_some()),
    };
    let outcome = exchange(&visit.state.hub, authorization, proof, &form, &visit.origin).await;
    let mut answer = match outcome {
        Ok(tokens) => HttpResponse::Ok().insert_header((PRAGMA, "no-cache")).json(tokens),
        Err(error) => json_error::token_error(&visit, &error, authorization.is_some()),
    };
    dpop::add_nonce(&visit, proof, &mut answer);
    answer
}
