//! `GET /logout/callback`: where a provider sends the browser back after signing out there.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::signed_out::back_from_provider;
use crate::domain::audit::LogType;
use crate::flows::logout::come_back_from_provider;
use crate::web::extract::Visit;
use crate::web::page_error::{self, PageError};

/// Without the state of a sign-out that this browser began, nothing is known of where to go on, and nothing ends; a
/// browser that still has a session did not sign out here at all.
pub async fn handle(visit: Visit) -> HttpResponse {
    let (browser, secret) = (visit.browser(), visit.sign_out_trip());
    match come_back_from_provider(&visit.state.hub, visit.query.single("state"), secret.as_ref(), &browser) {
        Some(done) => back_from_provider(&visit, visit.locale(None), Some(done)),
        None if browser.session_token.is_none() => back_from_provider(&visit, visit.locale(None), None),
        None => {
            let cause = "the browser came to the end of a sign-out at a provider that did not begin here";
            let error = PageError::new(StatusCode::BAD_REQUEST, "logout-invalid", cause);
            page_error::show_as(&visit, LogType::LogoutFailed, error)
        }
    }
}
