//! `GET /v2/logout`: Auth0's way to sign out, without a question.
//!
//! A link on any page can therefore sign people out, which Auth0's libraries count on. An image, a frame or a script
//! cannot: browsers say what they load an address for (Fetch Metadata, `Sec-Fetch-Dest`), and only going there counts.

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse};

use super::signed_out::{is_federated, signed_out};
use crate::domain::audit::LogType;
use crate::flows::logout::sign_out_directly;
use crate::web::extract::Visit;
use crate::web::page_error::{self, PageError};

const FETCH_DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");
const PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");

pub async fn handle(visit: Visit, request: HttpRequest) -> HttpResponse {
    if !is_somebody_going_there(&visit) {
        let cause =
            "the browser loaded this address as a part of a page, or in advance, and did not go there";
        let error = PageError::new(StatusCode::BAD_REQUEST, "logout-invalid", cause);
        return page_error::show_as(&visit, LogType::LogoutFailed, error);
    }
    let is_federated = is_federated(request.query_string());
    match sign_out_directly(&visit.state.hub, &visit.query, is_federated, &visit.browser()).await {
        Ok(done) => signed_out(&visit, visit.locale(None), done),
        Err(error) => page_error::show_as(&visit, LogType::LogoutFailed, error),
    }
}

/// Old browsers say nothing: they get the benefit of the doubt.
fn is_somebody_going_there(visit: &Visit) -> bool {
    let is_page = visit.header(&FETCH_DESTINATION).is_none_or(|destination| destination == "document");
    let is_in_advance = visit.header(&PURPOSE).is_some_and(|purpose| purpose.contains("prefetch"));
    is_page && !is_in_advance
}
