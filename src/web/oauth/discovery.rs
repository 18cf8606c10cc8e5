//! `GET /.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`
//! (OpenID Connect Discovery 1.0 §4, RFC 8414 §3).

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;

use crate::domain::client_registration::RegistrationPolicy;
use crate::domain::limits;
use crate::protocol::discovery_document::{Offers, document};
use crate::web::extract::Visit;
use crate::web::json_error;

pub async fn handle(visit: Visit) -> HttpResponse {
    let hub = &visit.state.hub;
    let details_types = match hub.directory.details_types().await {
        Ok(details_types) => details_types,
        Err(error) => return json_error::unavailable(&visit, &error.to_string()),
    };
    let offers = Offers {
        registration: match hub.registration {
            RegistrationPolicy::Off => false,
            RegistrationPolicy::InitialAccessToken => true,
        },
        details_types: &details_types,
    };
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, format!("public, max-age={}", limits::METADATA_MAX_AGE_SECONDS)))
        .json(document(hub.issuer.as_str(), offers))
}
