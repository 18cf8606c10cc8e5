//! Errors that a person sees: a stable code, the request id, what to do. Never a redirect.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::extract::{BodyError, FormError, Visit};
use super::page;
use crate::domain::audit::{LogEntry, LogType};
use crate::domain::limits;
use crate::flows::guesses::TooManyGuesses;
use crate::flows::login::LoginError;
use crate::flows::logout::LogoutError;
use crate::protocol::authorization_request::NoReturnAddress;
use crate::protocol::error::ErrorCode;
use crate::store::StoreError;
use crate::views::Frame;
use crate::views::pages::{ErrorPage, Wait};

/// What a page says about a failure. `code` is also the key of its words.
#[derive(Clone, Debug)]
pub struct PageError {
    pub status: StatusCode,
    pub code: &'static str,
    /// For the log, not for the page.
    pub cause: String,
    /// Where the person can go on.
    pub back: Option<String>,
    /// A sentence for an administrator, on the page too.
    pub detail: Option<String>,
    /// Seconds until the same may be tried again.
    pub wait: Option<u64>,
}

impl PageError {
    pub fn new(status: StatusCode, code: &'static str, cause: impl Into<String>) -> Self {
        Self { status, code, cause: cause.into(), back: None, detail: None, wait: None }
    }
}

impl From<LoginError> for PageError {
    fn from(error: LoginError) -> Self {
        let cause = error.to_string();
        match error {
            LoginError::UnknownClient => Self::new(StatusCode::BAD_REQUEST, "unknown-client", cause),
            LoginError::NoReturnAddress(
                NoReturnAddress::RedirectUriMissing | NoReturnAddress::RedirectUriNotRegistered,
            ) => Self::new(StatusCode::BAD_REQUEST, "redirect-uri-mismatch", cause),
            LoginError::Request(error) if error.code == ErrorCode::TemporarilyUnavailable => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "temporarily-unavailable", cause)
            }
            LoginError::Request(error) => {
                Self::new(StatusCode::BAD_REQUEST, unreadable_request(error.code), cause)
            }
            LoginError::NoSuchLogin => Self::new(StatusCode::BAD_REQUEST, "login-expired", cause),
            LoginError::Expired { again } => {
                Self { back: again, ..Self::new(StatusCode::BAD_REQUEST, "login-expired", cause) }
            }
            LoginError::WrongState => Self::new(StatusCode::BAD_REQUEST, "login-other-browser", cause),
            LoginError::WrongCallback(_) => Self::new(StatusCode::BAD_REQUEST, "login-wrong-callback", cause),
            LoginError::AlreadyUsed => Self::new(StatusCode::BAD_REQUEST, "login-already-used", cause),
            LoginError::InFrame => Self::new(StatusCode::BAD_REQUEST, "loaded-aside", cause),
            LoginError::NoState => Self::new(StatusCode::BAD_REQUEST, "invalid-request", cause),
            LoginError::NoRoom => Self {
                wait: Some(limits::FULL_SECTION_SECONDS),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "temporarily-unavailable", cause)
            },
            LoginError::TooMany(too_many) => too_many.into(),
            LoginError::Store(error) => error.into(),
            LoginError::Internal(_) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", cause),
        }
    }
}

/// Which page tells of a request that could not be read.
fn unreadable_request(code: ErrorCode) -> &'static str {
    if matches!(code, ErrorCode::InvalidRequestUri | ErrorCode::RequestUriNotSupported) {
        "request-uri-invalid"
    } else if matches!(code, ErrorCode::InvalidRequestObject | ErrorCode::RequestNotSupported) {
        "request-object-invalid"
    } else {
        "invalid-request"
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        // What was sent cannot be a name of anything we store.
        if matches!(error, StoreError::NulInText) {
            return Self::new(StatusCode::BAD_REQUEST, "invalid-request", error.to_string());
        }
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily-unavailable", error.to_string())
    }
}

impl From<TooManyGuesses> for PageError {
    fn from(error: TooManyGuesses) -> Self {
        let cause = error.to_string();
        Self {
            wait: Some(error.seconds),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts", cause)
        }
    }
}

impl From<LogoutError> for PageError {
    fn from(error: LogoutError) -> Self {
        match error {
            LogoutError::Invalid(cause) => Self {
                detail: Some(cause.to_string()),
                ..Self::new(StatusCode::BAD_REQUEST, "logout-invalid", cause)
            },
            LogoutError::Store(error) => error.into(),
        }
    }
}

impl From<FormError> for PageError {
    fn from(error: FormError) -> Self {
        let cause = error.to_string();
        match error {
            FormError::WrongContentType => {
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", cause)
            }
            FormError::Body(error) => {
                let code = match error {
                    BodyError::TooLarge => "request-too-large",
                    BodyError::TooSlow => "request-too-slow",
                    BodyError::CutShort => "invalid-request",
                };
                Self::new(error.status(), code, cause)
            }
            FormError::NotText => Self::new(StatusCode::BAD_REQUEST, "invalid-request", cause),
        }
    }
}

/// Shows the page, with one log entry.
pub fn show(visit: &Visit, error: impl Into<PageError>) -> HttpResponse {
    show_as(visit, LogType::LoginFailed, error)
}

/// Shows the page, with one log entry of `log_type`.
pub fn show_as(visit: &Visit, log_type: LogType, error: impl Into<PageError>) -> HttpResponse {
    let error = error.into();
    let hub = &visit.state.hub;
    if error.status.is_server_error() {
        tracing::error!(
            request_id = visit.origin.request_id.as_str(),
            code = error.code,
            cause = error.cause
        );
    }
    let description = format!("{}: {}", error.code, error.cause);
    let suffix = hub.random.alphanumeric(12);
    hub.journal.note(LogEntry::new(hub.clock.now(), &suffix, log_type, description, &visit.origin));
    render(visit, &error)
}

/// Shows the page of an address that does not exist: nothing happened that a log entry would help with.
pub fn show_unlogged(visit: &Visit, status: StatusCode, code: &'static str) -> HttpResponse {
    render(visit, &PageError::new(status, code, ""))
}

fn render(visit: &Visit, error: &PageError) -> HttpResponse {
    let page = ErrorPage {
        code: error.code,
        request_id: visit.origin.request_id.to_string(),
        back: error.back.clone(),
        detail: error.detail.clone(),
        wait: error.wait.map(Wait::of),
    };
    // Without links to other languages: they would carry the address, whose query can hold a code.
    page::finish(
        visit,
        page::wait(page::begin(error.status), error.wait),
        &page,
        &Frame::of(visit.locale(None)),
    )
}
