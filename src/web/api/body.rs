//! The JSON body of a call.
//!
//! `curl --data` without a header of its own says `application/x-www-form-urlencoded`; what scripts send that
//! way is JSON all the same, and is read as such. A browser's form is not.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use serde_json::{Map, Value};

use super::error::ApiError;
use crate::domain::limits;
use crate::web::extract::read_body;

/// Reads a JSON object.
///
/// # Errors
/// 415, 413, or 400 if it is none.
pub(super) async fn object(request: &HttpRequest, payload: Payload) -> Result<Map<String, Value>, ApiError> {
    match json(request, payload).await? {
        Value::Object(object) => Ok(object),
        _ => Err(ApiError::WrongJson("object")),
    }
}

/// Reads a JSON object where a call may come without any body, which reads as an empty one.
///
/// # Errors
/// As [`object`].
pub(super) async fn optional_object(
    request: &HttpRequest,
    payload: Payload,
) -> Result<Map<String, Value>, ApiError> {
    let bytes = read(request, payload).await?;
    if bytes.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    match parse(declared(request), &bytes)? {
        Value::Object(object) => Ok(object),
        _ => Err(ApiError::WrongJson("object")),
    }
}

/// A file as it is, or what JSON says about one.
pub(super) enum FileOrObject {
    File(Vec<u8>),
    Object(Map<String, Value>),
}

/// Reads a JSON object where the body says that it is one, and anything else as a file.
///
/// # Errors
/// 413, or 400 if declared JSON is no object.
pub(super) async fn file_or_object(
    request: &HttpRequest,
    payload: Payload,
) -> Result<FileOrObject, ApiError> {
    let bytes = read(request, payload).await?;
    if declared(request) != Declared::Json {
        return Ok(FileOrObject::File(bytes));
    }
    match parse(Declared::Json, &bytes)? {
        Value::Object(object) => Ok(FileOrObject::Object(object)),
        _ => Err(ApiError::WrongJson("object")),
    }
}

/// Reads a JSON list.
///
/// # Errors
/// 415, 413, or 400 if it is none.
pub(super) async fn list(request: &HttpRequest, payload: Payload) -> Result<Vec<Value>, ApiError> {
    match json(request, payload).await? {
        Value::Array(list) => Ok(list),
        _ => Err(ApiError::WrongJson("list")),
    }
}

async fn json(request: &HttpRequest, payload: Payload) -> Result<Value, ApiError> {
    let declared = declared(request);
    if declared == Declared::Other {
        return Err(ApiError::UnsupportedMediaType);
    }
    parse(declared, &read(request, payload).await?)
}

fn parse(declared: Declared, bytes: &[u8]) -> Result<Value, ApiError> {
    if declared == Declared::Other {
        return Err(ApiError::UnsupportedMediaType);
    }
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if declared == Declared::Form && !matches!(first, None | Some(b'{' | b'[')) {
        return Err(ApiError::UnsupportedMediaType);
    }
    serde_json::from_slice(bytes).map_err(|error| ApiError::NotJson(error.to_string()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Declared {
    Json,
    Form,
    Other,
}

fn declared(request: &HttpRequest) -> Declared {
    let value = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/json" | "application/merge-patch+json" => Declared::Json,
        "application/x-www-form-urlencoded" => Declared::Form,
        _ => Declared::Other,
    }
}

async fn read(request: &HttpRequest, payload: Payload) -> Result<Vec<u8>, ApiError> {
    Ok(read_body(request, payload, limits::JSON_BODY_BYTES).await?)
}
