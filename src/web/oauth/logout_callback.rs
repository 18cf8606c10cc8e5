//! `GET /logout/callback`: where a provider sends the browser back after signing out there.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::signed_out::signed_out;
use crate::domain::audit::LogType;
use crate::flows::logout::{SignedOut, come_back_from_provider};
use crate::web::extract::Visit;
use crate::web::page_error::{self, PageError};

/// Without the state of a sign-out of ours nothing is known of where to go on; a browser that still has a session did
/// not sign out here at all.
pub async fn handle(visit: Visit) -> HttpResponse {
    let browser = visit.browser();
    match come_back_from_provider(&visit.state.hub, visit.query.single("state"), &browser) {
        Some(done) => signed_out(&visit, visit.locale(None), done),
        None if browser.session_token.is_none() => {
            signed_out(&visit, visit.locale(None), SignedOut::default())
        }
        None => {
            let cause = "the browser came to the end of a sign-out at a provider that did not begin here";
            let error = PageError::new(StatusCode::BAD_REQUEST, "logout-invalid", cause);
            page_error::show_as(&visit, LogType::LogoutFailed, error)
        }
    }
}
