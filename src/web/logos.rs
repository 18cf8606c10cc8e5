//! `GET /logos/{connection}/{sha256}`: the picture on a connection's button, from our own address alone.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Path;

use super::extract::Visit;
use super::page_error;
use crate::store::StoreError;

/// The address names the very picture, so browsers keep it. What it is was settled when it was saved: a PNG that this
/// service drew itself, under the headers that every answer carries.
pub async fn handle(visit: Visit, path: Path<(String, String)>) -> HttpResponse {
    let (connection_id, sha256) = path.into_inner();
    let found = visit.state.hub.store.read(move |tx| tx.find_connection_logo(&connection_id)).await;
    match found {
        Ok(Some(logo)) if logo.sha256 == sha256 => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "image/png"))
            .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .body(logo.png),
        Ok(_) | Err(StoreError::NulInText) => {
            page_error::show_unlogged(&visit, StatusCode::NOT_FOUND, "page-not-found")
        }
        Err(error) => {
            tracing::warn!(request_id = visit.origin.request_id.as_str(), error = %error, "a logo cannot be read");
            page_error::show_unlogged(&visit, StatusCode::SERVICE_UNAVAILABLE, "temporarily-unavailable")
        }
    }
}
