//! `GET /static/{path}`: style sheet, script and mark, embedded in the program.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Path;

use super::extract::Visit;
use super::page_error;
use crate::views::assets;

pub async fn handle(visit: Visit, path: Path<String>) -> HttpResponse {
    let Some(asset) = assets::find(&path) else {
        return page_error::show_unlogged(&visit, StatusCode::NOT_FOUND, "page-not-found");
    };
    // An address that names this very version never changes its content.
    let is_versioned = visit.query.single("v") == Some(asset.fingerprint.as_str());
    let caching = if is_versioned { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, asset.content_type))
        .insert_header((CACHE_CONTROL, caching))
        .body(asset.bytes.into_owned())
}
