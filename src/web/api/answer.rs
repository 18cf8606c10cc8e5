//! Answers that carry a resource: JSON with its ETag.

use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use super::list::Fields;
use super::preconditions::{etag, is_known};

/// The resource as it is at `version`.
pub(super) fn resource(status: StatusCode, version: i64, json: &Value) -> HttpResponse {
    HttpResponse::build(status).insert_header((ETAG, etag(version))).json(json)
}

/// The resource, or the chosen members of it; 304 if the caller has this version (`If-None-Match`).
pub(super) fn found(
    request: &HttpRequest,
    version: i64,
    json: Value,
    fields: Option<&Fields>,
) -> HttpResponse {
    if is_known(request, version) {
        return HttpResponse::NotModified().insert_header((ETAG, etag(version))).finish();
    }
    found_now(version, json, fields)
}

/// As [`found`], for what shows more than its version tells.
pub(super) fn found_now(version: i64, json: Value, fields: Option<&Fields>) -> HttpResponse {
    let json = match fields {
        Some(fields) => fields.choose(json),
        None => json,
    };
    resource(StatusCode::OK, version, &json)
}
