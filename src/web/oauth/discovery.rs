//! `GET /.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`
//! (OpenID Connect Discovery 1.0 §4, RFC 8414 §3).

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;

use crate::domain::client_registration::RegistrationPolicy;
use crate::domain::limits;
use crate::protocol::discovery_document;
use crate::web::extract::Visit;

pub async fn handle(visit: Visit) -> HttpResponse {
    let hub = &visit.state.hub;
    let document = match hub.registration {
        RegistrationPolicy::Off => discovery_document::document,
        RegistrationPolicy::InitialAccessToken => discovery_document::document_with_registration,
    };
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, format!("public, max-age={}", limits::METADATA_MAX_AGE_SECONDS)))
        .json(document(hub.issuer.as_str()))
}
