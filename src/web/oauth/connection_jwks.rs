//! `GET /oauth/connection/{name}/.well-known/jwks.json`: the public keys by which we prove who we are at the provider of
//! one connection (RFC 7523 §3).

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Path;
use serde_json::json;

use crate::domain::limits;
use crate::store::StoreError;
use crate::web::extract::Visit;

/// A connection without keys answers like one that is not there.
pub async fn handle(visit: Visit, name: Path<String>) -> HttpResponse {
    match published(&visit, &name).await {
        Ok(Some(keys)) => HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, format!("public, max-age={}", limits::METADATA_MAX_AGE_SECONDS)))
            .json(keys),
        Ok(None) => HttpResponse::NotFound()
            .json(json!({"error": "not_found", "error_description": "no connection of that name has keys"})),
        Err(error) => {
            tracing::error!(%error, "the keys of a connection could not be read");
            HttpResponse::ServiceUnavailable()
                .json(json!({"error": "temporarily_unavailable", "error_description": "try again"}))
        }
    }
}

async fn published(visit: &Visit, name: &str) -> Result<Option<serde_json::Value>, StoreError> {
    let directory = &visit.state.hub.directory;
    let Some(connection) = directory.connection_named(name).await? else { return Ok(None) };
    let published = directory.connection_keys(&connection.id).await?.published();
    let keys = published.get("keys").and_then(serde_json::Value::as_array);
    Ok(keys.is_some_and(|keys| !keys.is_empty()).then_some(published))
}
