//! Errors that a program reads: `{"error","error_description"}` (RFC 6749 §5.2, RFC 6750 §3).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::json;

use super::extract::{FormError, Visit};
use super::oauth::dpop;
use crate::domain::audit::{LogEntry, LogType};
use crate::domain::limits;
use crate::flows::guesses::TooManyGuesses;
use crate::flows::token::{Scheme, TokenError};
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::store::StoreError;

/// The answer of the token endpoint to a failure: 400, but for a client that is not who it says, and one that
/// authenticated by header is told the scheme (RFC 6749 §5.2).
pub fn token_error(visit: &Visit, error: &TokenError, used_header: bool) -> HttpResponse {
    match error {
        TokenError::Refused(error) | TokenError::Logged(error) => {
            let status = match error.code {
                ErrorCode::InvalidClient => StatusCode::UNAUTHORIZED,
                // A place is free again later: the same request may be sent once more.
                ErrorCode::TemporarilyUnavailable => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::BAD_REQUEST,
            };
            let mut answer = HttpResponse::build(status);
            if status == StatusCode::TOO_MANY_REQUESTS {
                answer.insert_header((RETRY_AFTER, limits::FULL_SECTION_SECONDS.to_string()));
            }
            if error.code == ErrorCode::InvalidClient && used_header {
                answer.insert_header((WWW_AUTHENTICATE, "Basic realm=\"vestibule\""));
            }
            answer.json(body(error))
        }
        TokenError::TooMany(error) => too_many(*error),
        TokenError::Store(error) => not_stored(visit, error),
        TokenError::Signing(error) => unavailable(visit, &error.to_string()),
    }
}

/// The answer of a resource to a bad access token (RFC 6750 §3.1, RFC 9449 §7.1).
pub fn resource_error(visit: &Visit, error: &TokenError, scheme: Scheme) -> HttpResponse {
    match error {
        TokenError::Refused(error) | TokenError::Logged(error) => {
            let status = if error.code == ErrorCode::InsufficientScope {
                StatusCode::FORBIDDEN
            } else {
                StatusCode::UNAUTHORIZED
            };
            let challenge = match scheme {
                Scheme::Dpop => dpop::challenge(Some(error)),
                Scheme::Bearer => format!(
                    "Bearer error=\"{}\", error_description=\"{}\"",
                    error.code.name(),
                    error.safe_description()
                ),
            };
            HttpResponse::build(status).insert_header((WWW_AUTHENTICATE, challenge)).json(body(error))
        }
        TokenError::TooMany(error) => too_many(*error),
        TokenError::Store(error) => not_stored(visit, error),
        TokenError::Signing(error) => unavailable(visit, &error.to_string()),
    }
}

/// The answer to whoever guesses: come again later (RFC 6585 §4).
pub fn too_many(error: TooManyGuesses) -> HttpResponse {
    let text = format!("too many wrong attempts: try again in {} s", error.seconds);
    HttpResponse::TooManyRequests()
        .insert_header((RETRY_AFTER, error.seconds.to_string()))
        .json(body(&OAuthError::new(ErrorCode::TemporarilyUnavailable, text)))
}

/// The answer of the token endpoint to a body that is no form, with one log entry.
pub fn token_form_error(visit: &Visit, error: FormError) -> HttpResponse {
    form_error(visit, error, LogType::CodeExchangeFailed)
}

/// The answer of an endpoint to a body that is no form, with one log entry of `log_type`.
pub fn form_error(visit: &Visit, error: FormError, log_type: LogType) -> HttpResponse {
    let hub = &visit.state.hub;
    let suffix = hub.random.alphanumeric(12);
    let words = error.to_string();
    hub.journal.note(LogEntry::new(hub.clock.now(), &suffix, log_type, words, &visit.origin));
    let status = match error {
        FormError::WrongContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        FormError::Body(error) => error.status(),
        FormError::NotText => StatusCode::BAD_REQUEST,
    };
    HttpResponse::build(status).json(body(&OAuthError::new(ErrorCode::InvalidRequest, error.to_string())))
}

/// The answer where the database gives none, or was asked for what no database holds.
pub fn not_stored(visit: &Visit, error: &StoreError) -> HttpResponse {
    match error {
        StoreError::NulInText => HttpResponse::BadRequest()
            .json(body(&OAuthError::new(ErrorCode::InvalidRequest, error.to_string()))),
        error => unavailable(visit, &error.to_string()),
    }
}

/// The answer where the database does not.
pub fn unavailable(visit: &Visit, cause: &str) -> HttpResponse {
    tracing::error!(request_id = visit.origin.request_id.as_str(), cause);
    let error = OAuthError::new(
        ErrorCode::TemporarilyUnavailable,
        format!("try again; if it stays, report request {}", visit.origin.request_id),
    );
    HttpResponse::ServiceUnavailable().json(body(&error))
}

fn body(error: &OAuthError) -> serde_json::Value {
    json!({"error": error.code.name(), "error_description": error.safe_description()})
}
