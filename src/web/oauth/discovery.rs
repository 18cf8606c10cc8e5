//! `GET /.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`
//! (OpenID Connect Discovery 1.0 §4, RFC 8414 §3).

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;

use crate::domain::limits;
use crate::protocol::discovery_document;
use crate::web::extract::Visit;

pub async fn handle(visit: Visit) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, format!("public, max-age={}", limits::METADATA_MAX_AGE_SECONDS)))
        .json(discovery_document::document(visit.state.hub.issuer.as_str()))
}
