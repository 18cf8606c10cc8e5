//! `POST /oidc/register` and `GET|PUT|DELETE /oidc/register/{client_id}` (RFC 7591 §3, RFC 7592 §2).

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::userinfo::bearer;
use crate::domain::audit::{LogEntry, LogType};
use crate::domain::limits;
use crate::flows::register::{
    RegistrationError, read_registration, register_client, remove_registration, replace_registration,
};
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::store::StoreError;
use crate::web::extract::{Visit, read_body};
use crate::web::json_error;

pub async fn create(visit: Visit, request: HttpRequest, payload: Payload) -> HttpResponse {
    let metadata = match read_metadata(&request, payload).await {
        Ok(metadata) => metadata,
        Err((status, problem)) => return refuse(&visit, status, &problem),
    };
    let hub = &visit.state.hub;
    match register_client(hub, token(&visit), &metadata, &visit.origin).await {
        Ok(registration) => HttpResponse::Created().json(registration.answer(hub)),
        Err(error) => answer(&visit, &error),
    }
}

pub async fn read(visit: Visit, client_id: Path<String>) -> HttpResponse {
    let hub = &visit.state.hub;
    match read_registration(hub, &client_id, token(&visit), &visit.origin).await {
        Ok(registration) => HttpResponse::Ok().json(registration.answer(hub)),
        Err(error) => answer(&visit, &error),
    }
}

pub async fn replace(
    visit: Visit,
    client_id: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let metadata = match read_metadata(&request, payload).await {
        Ok(metadata) => metadata,
        Err((status, problem)) => return refuse(&visit, status, &problem),
    };
    let hub = &visit.state.hub;
    match replace_registration(hub, &client_id, token(&visit), &metadata, &visit.origin).await {
        Ok(registration) => HttpResponse::Ok().json(registration.answer(hub)),
        Err(error) => answer(&visit, &error),
    }
}

pub async fn remove(visit: Visit, client_id: Path<String>) -> HttpResponse {
    match remove_registration(&visit.state.hub, &client_id, token(&visit), &visit.origin).await {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(error) => answer(&visit, &error),
    }
}

fn token(visit: &Visit) -> Option<&str> {
    visit.header(&AUTHORIZATION).and_then(bearer)
}

/// Reads a JSON object of limited size.
async fn read_metadata(
    request: &HttpRequest,
    payload: Payload,
) -> Result<Map<String, Value>, (StatusCode, OAuthError)> {
    let invalid =
        |status, text: &'static str| Err((status, OAuthError::new(ErrorCode::InvalidClientMetadata, text)));
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return invalid(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be application/json");
    }
    let bytes = match read_body(request, payload, limits::REGISTRATION_BYTES).await {
        Ok(bytes) => bytes,
        Err(error) => {
            let problem = OAuthError::new(ErrorCode::InvalidClientMetadata, error.to_string());
            return Err((error.status(), problem));
        }
    };
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(metadata)) => Ok(metadata),
        Ok(_) | Err(_) => invalid(StatusCode::BAD_REQUEST, "the body must be a JSON object"),
    }
}

/// The answer to a failure (RFC 7591 §3.2.2), with one log entry.
fn answer(visit: &Visit, error: &RegistrationError) -> HttpResponse {
    match error {
        RegistrationError::Off => {
            let error = OAuthError::new(ErrorCode::RegistrationNotSupported, error.to_string());
            refuse(visit, StatusCode::NOT_FOUND, &error)
        }
        RegistrationError::NotAuthorized(error) => refuse(visit, StatusCode::UNAUTHORIZED, error),
        RegistrationError::Refused(error) => refuse(visit, StatusCode::BAD_REQUEST, error),
        RegistrationError::Store(error @ StoreError::NulInText) => {
            let error = OAuthError::new(ErrorCode::InvalidClientMetadata, error.to_string());
            refuse(visit, StatusCode::BAD_REQUEST, &error)
        }
        RegistrationError::TooMany(error) => json_error::too_many(*error),
        RegistrationError::Store(error) => {
            tracing::error!(request_id = visit.origin.request_id.as_str(), cause = %error);
            let error = OAuthError::new(ErrorCode::TemporarilyUnavailable, "try again");
            refuse(visit, StatusCode::SERVICE_UNAVAILABLE, &error)
        }
    }
}

fn refuse(visit: &Visit, status: StatusCode, error: &OAuthError) -> HttpResponse {
    let hub = &visit.state.hub;
    let suffix = hub.random.alphanumeric(12);
    let words = format!("Client registration: {error}");
    hub.journal.note(LogEntry::new(
        hub.clock.now(),
        &suffix,
        LogType::ManagementFailed,
        words,
        &visit.origin,
    ));
    let mut answer = HttpResponse::build(status);
    if status == StatusCode::UNAUTHORIZED {
        // Without any token the challenge names no error (RFC 6750 §3.1).
        let challenge = match token(visit) {
            None => "Bearer".to_owned(),
            Some(_) => format!(
                "Bearer error=\"{}\", error_description=\"{}\"",
                error.code.name(),
                error.safe_description()
            ),
        };
        answer.insert_header((WWW_AUTHENTICATE, challenge));
    }
    answer.json(json!({"error": error.code.name(), "error_description": error.safe_description()}))
}
