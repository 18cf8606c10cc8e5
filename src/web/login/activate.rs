//! `GET|POST /activate`: the code that a device shows (RFC 8628 §3.3), and `GET /activate/done`: the end.

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::outcome::{Shown, answer};
use super::own_form;
use crate::domain::audit::LogType;
use crate::domain::limits;
use crate::flows::login::{NotActivated, activate_device};
use crate::views::Frame;
use crate::views::pages::{ActivatePage, ActivatedPage, Wait};
use crate::web::extract::Visit;
use crate::web::{page, page_error};

const PATH: &str = "/activate";

/// The page with the field; a code in the address is filled in, and waits for the person to go on.
pub async fn show(visit: Visit) -> HttpResponse {
    let user_code = visit.query.single("user_code").unwrap_or_default().to_owned();
    let locale = visit.locale(visit.query.single("ui_locales"));
    let query = serde_urlencoded::to_string([("user_code", &user_code)]).unwrap_or_default();
    let frame = Frame::at(locale, format!("{PATH}?{query}"));
    ask(&visit, StatusCode::OK, &frame, user_code, None, None)
}

pub async fn submit(visit: Visit, request: HttpRequest, body: Payload) -> HttpResponse {
    let form = match own_form(&visit, &request, body).await {
        Ok(form) => form,
        Err(error) => return page_error::show_as(&visit, LogType::DeviceActivationFailed, error),
    };
    let typed = form.single("user_code").unwrap_or_default();
    let (status, problem, seconds) = match activate_device(&visit.state.hub, typed, &visit.browser()).await {
        Ok(outcome) => return answer(&visit, Ok(outcome), Shown::AtItsAddress).await,
        Err(NotActivated::Login(error)) => return page_error::show(&visit, error),
        Err(NotActivated::UnknownCode) => (StatusCode::OK, "code-unknown", None),
        Err(NotActivated::TooMany(too_many)) => {
            (StatusCode::TOO_MANY_REQUESTS, "too-many-attempts", Some(too_many.seconds))
        }
    };
    let typed = typed.chars().take(limits::SHORT_TEXT_CHARACTERS).collect();
    ask(&visit, status, &Frame::of(visit.locale(None)), typed, Some(problem), seconds)
}

/// Where the login of a device ends.
pub async fn done(visit: Visit) -> HttpResponse {
    let outcome = match visit.query.single("error") {
        None => "allowed",
        Some("access_denied") => "denied",
        Some(_) => "failed",
    };
    let page = ActivatedPage { outcome, again: (outcome != "allowed").then(|| PATH.to_owned()) };
    let frame = Frame::of(visit.locale(visit.query.single("ui_locales")));
    page::finish(&visit, page::begin(StatusCode::OK), &page, &frame)
}

fn ask(
    visit: &Visit,
    status: StatusCode,
    frame: &Frame,
    user_code: String,
    error: Option<&'static str>,
    seconds: Option<u64>,
) -> HttpResponse {
    let page = ActivatePage { action: PATH.to_owned(), user_code, error, wait: seconds.map(Wait::of) };
    page::finish(visit, page::wait(page::begin(status), seconds), &page, frame)
}
