//! `GET|POST /authorize` (RFC 6749 §3.1, OpenID Connect Core §3.1.2.1).

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::limits;
use crate::flows::login::begin;
use crate::web::extract::{Visit, read_form};
use crate::web::login::{Shown, answer};
use crate::web::page_error;

pub async fn by_query(visit: Visit) -> HttpResponse {
    let outcome = begin(&visit.state.hub, &visit.query, &visit.browser()).await;
    answer(&visit, outcome, Shown::AtItsAddress).await
}

pub async fn by_form(visit: Visit, request: HttpRequest, body: Payload) -> HttpResponse {
    match read_form(&request, body, limits::FORM_BYTES).await {
        Ok(form) => {
            let outcome = begin(&visit.state.hub, &form, &visit.browser()).await;
            answer(&visit, outcome, Shown::AtItsAddress).await
        }
        Err(error) => page_error::show(&visit, error),
    }
}
