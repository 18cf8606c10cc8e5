//! `/connections/{name}/test…`: somebody tries a connection, by a link or by a set-up ticket.

pub mod report;
pub mod start;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use url::form_urlencoded;

use super::extract::Visit;
use super::page_error::{self, PageError};
use crate::domain::audit::LogType;
use crate::domain::limits;
use crate::flows::provider_trip::Returned;
use crate::flows::test_login::{TestError, TestOutcome, TestView, Tester, is_test, return_from_provider};

/// The browser, as tests see it. `ui_locales` are the languages that were asked for.
fn tester(visit: &Visit, ui_locales: Option<&str>) -> Tester {
    let is_sensible = |locales: &&str| locales.chars().count() <= limits::LOCALES_CHARACTERS;
    Tester {
        browser: visit.browser(),
        held: visit.held_tests(),
        ui_locales: ui_locales.filter(is_sensible).map(str::to_owned),
    }
}

/// The answer to what the browser brings back from a provider, if that belongs to a test.
pub async fn returned(visit: &Visit, returned: &Returned<'_>) -> Option<HttpResponse> {
    let tester = tester(visit, None);
    if !is_test(&tester, &returned.answer) {
        return None;
    }
    let hub = &visit.state.hub;
    Some(finish(visit, return_from_provider(hub, returned.clone(), &tester).await))
}

fn finish(visit: &Visit, outcome: Result<TestOutcome, TestError>) -> HttpResponse {
    let TestOutcome { view, cookies, tests } = match outcome {
        Ok(outcome) => outcome,
        Err(error) => return page_error::show_as(visit, LogType::TestLoginFailed, error),
    };
    let address = match view {
        TestView::Depart(url) => url,
        TestView::Report { connection, test_id, ui_locales } => {
            let path = format!("connections/{connection}/tests/{test_id}");
            let address = visit.state.hub.issuer.join(&path);
            match ui_locales {
                Some(locales) => {
                    let mut query = form_urlencoded::Serializer::new(String::new());
                    query.append_pair("ui_locales", &locales);
                    format!("{address}?{}", query.finish())
                }
                None => address,
            }
        }
    };
    let mut answer = HttpResponse::SeeOther();
    visit.state.cookies.apply(&cookies, &mut answer);
    visit.state.cookies.apply_tests(&tests, &mut answer);
    answer.insert_header((LOCATION, address)).finish()
}

impl From<TestError> for PageError {
    fn from(error: TestError) -> Self {
        let cause = error.to_string();
        match error {
            TestError::LinkUnknown => Self::new(StatusCode::NOT_FOUND, "ticket-unknown", cause),
            TestError::LinkUsed => Self::new(StatusCode::GONE, "test-link-used", cause),
            TestError::Refused(_) => Self::new(StatusCode::CONFLICT, "test-unavailable", cause),
            TestError::TooMany | TestError::NoRoom => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "test-too-many", cause)
            }
            TestError::NotYours => Self::new(StatusCode::NOT_FOUND, "test-not-here", cause),
            TestError::WrongCallback(_) => Self::new(StatusCode::BAD_REQUEST, "test-wrong-callback", cause),
            TestError::WrongState => Self::new(StatusCode::BAD_REQUEST, "test-other-browser", cause),
            TestError::TooManyGuesses(error) => error.into(),
            TestError::Store(error) => error.into(),
            TestError::Internal(_) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", cause),
        }
    }
}
