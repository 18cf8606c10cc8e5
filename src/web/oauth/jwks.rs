//! `GET /.well-known/jwks.json` (RFC 7517 §5).

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;

use crate::domain::limits;
use crate::web::extract::Visit;

pub async fn handle(visit: Visit) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, format!("public, max-age={}", limits::METADATA_MAX_AGE_SECONDS)))
        .json(visit.state.hub.keys.current().jwks())
}
