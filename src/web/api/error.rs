//! The JSON face of every refusal: `{"statusCode", "error", "message", "errorCode"}`, and `problems` of a body.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::domain::key_plan::KeyRefusal;
use crate::domain::limits;
use crate::domain::problem::Problem;
use crate::flows::keys::KeyError;
use crate::flows::manage::{ManageError, NotAuthorized, Resource};
use crate::flows::password_hashing::NotHashed;
use crate::protocol::said::Said;
use crate::store::StoreError;
use crate::web::extract::BodyError;

/// Why a call is refused.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("Missing authentication: send an access token for this API as Authorization: Bearer")]
    MissingToken,
    #[error(transparent)]
    NotAuthorized(#[from] NotAuthorized),
    #[error("Payload validation error: {}", told(.0))]
    InvalidBody(Vec<Problem>),
    #[error("Query validation error: {}", told(.0))]
    InvalidQuery(Vec<Problem>),
    #[error("Path validation error: {0}")]
    InvalidPath(&'static str),
    #[error("Payload validation error: the body is no JSON: {0}")]
    NotJson(String),
    #[error("Payload validation error: the body must be a JSON {0}")]
    WrongJson(&'static str),
    #[error("{}", told_of_body(*.0))]
    Body(#[from] BodyError),
    #[error("Send the body as application/json")]
    UnsupportedMediaType,
    #[error("Nothing is at {0}")]
    UnknownPath(Said<{ limits::API_MESSAGE_BYTES }>),
    #[error("This path answers {0}")]
    MethodNotAllowed(&'static str),
    #[error("The log entry does not exist")]
    NoSuchLog,
    #[error(transparent)]
    Manage(#[from] ManageError),
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// All problems in one sentence each.
fn told(problems: &[Problem]) -> String {
    let sentences: Vec<String> = problems
        .iter()
        .map(|problem| format!("{} {}", problem.path, problem.message).trim_start().to_owned())
        .collect();
    sentences.join("; ")
}

fn told_of_body(error: BodyError) -> String {
    match error {
        BodyError::TooLarge => format!("The body is larger than {} bytes", limits::JSON_BODY_BYTES),
        BodyError::TooSlow => "The body did not arrive in time".into(),
        BodyError::CutShort => "The body could not be read to its end".into(),
    }
}

impl ApiError {
    /// Status and stable code.
    fn face(&self) -> (StatusCode, &'static str) {
        match self {
            Self::MissingToken => (StatusCode::UNAUTHORIZED, "missing_token"),
            Self::NotAuthorized(NotAuthorized::InvalidToken(_)) => {
                (StatusCode::UNAUTHORIZED, "invalid_token")
            }
            Self::NotAuthorized(NotAuthorized::InsufficientScope { .. }) => {
                (StatusCode::FORBIDDEN, "insufficient_scope")
            }
            Self::NotAuthorized(NotAuthorized::TooMany(_)) => {
                (StatusCode::TOO_MANY_REQUESTS, "too_many_requests")
            }
            Self::InvalidBody(_) | Self::NotJson(_) | Self::WrongJson(_) => {
                (StatusCode::BAD_REQUEST, "invalid_body")
            }
            Self::InvalidQuery(_) => (StatusCode::BAD_REQUEST, "invalid_query_string"),
            Self::InvalidPath(_) => (StatusCode::BAD_REQUEST, "invalid_uri"),
            Self::UnsupportedMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
            Self::Body(error) => {
                let code = match error {
                    BodyError::TooLarge => "payload_too_large",
                    BodyError::TooSlow => "request_timeout",
                    BodyError::CutShort => "invalid_body",
                };
                (error.status(), code)
            }
            Self::UnknownPath(_) => (StatusCode::NOT_FOUND, "not_found"),
            Self::MethodNotAllowed(_) => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::NoSuchLog => (StatusCode::NOT_FOUND, "inexistent_log"),
            Self::Manage(error) => face_of_refused_change(error),
            Self::Keys(error) => face_of_refused_keys(error),
            Self::Store(error) | Self::NotAuthorized(NotAuthorized::Store(error)) => face_of_failure(error),
        }
    }

    /// The problems of the body or the address, one by one.
    fn problems(&self) -> Option<&[Problem]> {
        match self {
            Self::InvalidBody(problems)
            | Self::InvalidQuery(problems)
            | Self::Manage(ManageError::Invalid(problems)) => Some(problems),
            Self::MissingToken
            | Self::NotAuthorized(_)
            | Self::InvalidPath(_)
            | Self::NotJson(_)
            | Self::WrongJson(_)
            | Self::UnsupportedMediaType
            | Self::Body(_)
            | Self::UnknownPath(_)
            | Self::MethodNotAllowed(_)
            | Self::NoSuchLog
            | Self::Manage(_)
            | Self::Keys(_)
            | Self::Store(_) => None,
        }
    }

    /// What a caller, and the log, may read: a database's words stay in the server's own log.
    pub fn message(&self) -> String {
        match self {
            Self::InvalidBody(_) | Self::InvalidQuery(_) => {
                Said::<{ limits::API_PROBLEMS_BYTES }>::new(self.to_string()).into()
            }
            Self::Manage(ManageError::Invalid(problems)) => {
                let words = format!("Payload validation error: {}", told(problems));
                Said::<{ limits::API_PROBLEMS_BYTES }>::new(words).into()
            }
            Self::Manage(ManageError::Hash(NotHashed::Busy)) => format!("{self}: try again in a moment"),
            _ if self.status_code() == StatusCode::SERVICE_UNAVAILABLE => {
                "The database is not available or busy: try again".into()
            }
            _ if self.status_code().is_server_error() => "Internal error: see the server's log".into(),
            other => Said::<{ limits::API_MESSAGE_BYTES }>::new(other.to_string()).into(),
        }
    }
}

fn face_of_refused_change(error: &ManageError) -> (StatusCode, &'static str) {
    match error {
        ManageError::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid_body"),
        ManageError::NotFound(resource) => {
            let code = match resource {
                Resource::Connection => "inexistent_connection",
                Resource::Client => "inexistent_client",
                Resource::User => "inexistent_user",
                Resource::ResourceServer => "inexistent_resource_server",
                Resource::ClientGrant => "inexistent_client_grant",
                Resource::Session => "inexistent_session",
                Resource::RefreshToken => "inexistent_refresh_token",
                Resource::Grant => "inexistent_grant",
                Resource::InitialAccessToken => "inexistent_initial_access_token",
                Resource::AttributeMapVersion => "inexistent_attribute_map_version",
                Resource::Domain => "inexistent_domain",
                Resource::SetupTicket => "inexistent_setup_ticket",
                Resource::TestLogin => "inexistent_test_login",
            };
            (StatusCode::NOT_FOUND, code)
        }
        ManageError::Conflict { resource, .. } => {
            let code = match resource {
                Resource::Connection => "connection_conflict",
                Resource::Client => "client_conflict",
                Resource::User => "auth0_idp_error",
                Resource::ResourceServer => "resource_server_conflict",
                Resource::ClientGrant => "client_grant_conflict",
                Resource::Session => "session_conflict",
                Resource::RefreshToken => "refresh_token_conflict",
                Resource::Grant => "grant_conflict",
                Resource::InitialAccessToken => "initial_access_token_conflict",
                Resource::AttributeMapVersion => "attribute_map_version_conflict",
                Resource::Domain => "domain_conflict",
                Resource::SetupTicket => "setup_ticket_conflict",
                Resource::TestLogin => "test_login_conflict",
            };
            (StatusCode::CONFLICT, code)
        }
        ManageError::Changed(_) => (StatusCode::PRECONDITION_FAILED, "precondition_failed"),
        ManageError::TooOften => (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"),
        ManageError::NotSupported(_) => (StatusCode::FORBIDDEN, "operation_not_supported"),
        ManageError::Hash(NotHashed::Busy) => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
        ManageError::Hash(NotHashed::Failed(_)) | ManageError::Signing(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "internal_error")
        }
        ManageError::Store(error) => face_of_failure(error),
    }
}

fn face_of_refused_keys(error: &KeyError) -> (StatusCode, &'static str) {
    match error {
        KeyError::Refused(KeyRefusal::Unknown(_)) => (StatusCode::NOT_FOUND, "inexistent_signing_key"),
        KeyError::Refused(KeyRefusal::TooMany(_)) => (StatusCode::CONFLICT, "too_many_signing_keys"),
        KeyError::Signing(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
        KeyError::Store(error) => face_of_failure(error),
    }
}

fn face_of_failure(error: &StoreError) -> (StatusCode, &'static str) {
    match error {
        StoreError::NulInText => (StatusCode::BAD_REQUEST, "invalid_body"),
        StoreError::Unavailable { .. }
        | StoreError::Busy
        | StoreError::Contended
        | StoreError::Interrupted => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
        StoreError::Conflict { .. } | StoreError::Gone | StoreError::Stale => {
            (StatusCode::CONFLICT, "conflict")
        }
        StoreError::Address { .. }
        | StoreError::Corrupt { .. }
        | StoreError::Unsealable { .. }
        | StoreError::SchemaTooNew { .. }
        | StoreError::Migration { .. }
        | StoreError::Refused { .. }
        | StoreError::Unfinished => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.face().0
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let (status, code) = self.face();
        if status.is_server_error() {
            tracing::error!(error = %self, "a Management API call failed");
        }
        let mut body = json!({
            "statusCode": status.as_u16(),
            "error": status.canonical_reason().unwrap_or_default(),
            "message": self.message(),
            "errorCode": code,
        });
        if let (Some(problems), Some(body)) = (self.problems(), body.as_object_mut()) {
            body.insert("problems".into(), json!(problems));
        }
        let mut response = HttpResponse::build(status);
        match self {
            Self::MissingToken => drop(response.insert_header((WWW_AUTHENTICATE, "Bearer"))),
            Self::NotAuthorized(NotAuthorized::InvalidToken(reason)) => {
                let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{reason}\"");
                response.insert_header((WWW_AUTHENTICATE, challenge));
            }
            Self::NotAuthorized(NotAuthorized::InsufficientScope { expected, .. }) => {
                let scope = expected.replace(',', " ");
                let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
                response.insert_header((WWW_AUTHENTICATE, challenge));
            }
            Self::NotAuthorized(NotAuthorized::TooMany(too_many)) => {
                response.insert_header((RETRY_AFTER, too_many.seconds.to_string()));
            }
            Self::Manage(ManageError::TooOften) => {
                response.insert_header((RETRY_AFTER, limits::DIAGNOSIS_REFILL_SECONDS.to_string()));
            }
            Self::Manage(ManageError::Hash(NotHashed::Busy)) => {
                response.insert_header((RETRY_AFTER, limits::PASSWORD_HASH_RETRY_SECONDS.to_string()));
            }
            Self::MethodNotAllowed(allow) => drop(response.insert_header((ALLOW, *allow))),
            _ => {}
        }
        response.json(body)
    }
}
