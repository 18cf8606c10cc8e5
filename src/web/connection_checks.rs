//! `GET|POST /connections/{name}/checks?ticket=`: what is right and wrong with the provider, and a look at it again. Open to
//! the same people as the set-up page.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use url::form_urlencoded;

use super::extract::Visit;
use super::login::own_form;
use super::page;
use super::page_error::{self, PageError};
use crate::flows::show_checks::{self, Checks, show_checks};
use crate::views::pages::{CHECK_NOTICES, ChecksPage};

pub async fn show(visit: Visit, name: Path<String>) -> HttpResponse {
    let ticket = visit.query.single("ticket");
    match show_checks(&visit.state.hub, &name, ticket, &visit.browser()).await {
        Ok(Some(checks)) => answer(&visit, &name, &checks),
        Ok(None) => page_error::show_unlogged(&visit, StatusCode::NOT_FOUND, "ticket-unknown"),
        Err(error) => page_error::show(&visit, PageError::from(error)),
    }
}

/// Checks again, and shows the page: whoever loads it once more asks nobody once more.
pub async fn check_again(
    visit: Visit,
    name: Path<String>,
    request: HttpRequest,
    body: Payload,
) -> HttpResponse {
    if let Err(error) = own_form(&visit, &request, body).await {
        return page_error::show(&visit, error);
    }
    let ticket = visit.query.single("ticket");
    match show_checks::check_again(&visit.state.hub, &name, ticket, &visit.browser()).await {
        Ok(Some(is_new)) => {
            let notice = if is_new { "checked" } else { "too-often" };
            let back = address(&visit, &name, "checks", Some(notice));
            HttpResponse::SeeOther().insert_header((LOCATION, back)).finish()
        }
        Ok(None) => page_error::show_unlogged(&visit, StatusCode::NOT_FOUND, "ticket-unknown"),
        Err(error) => page_error::show(&visit, PageError::from(error)),
    }
}

fn answer(visit: &Visit, name: &str, checks: &Checks) -> HttpResponse {
    let notice = visit.query.single("notice");
    let notice = CHECK_NOTICES.iter().copied().find(|known| Some(*known) == notice);
    let page = ChecksPage {
        notice,
        ..ChecksPage::of(
            &checks.display_name,
            checks.diagnosis.as_ref(),
            address(visit, name, "setup", None),
            address(visit, name, "checks", None),
        )
    };
    page::finish(visit, page::begin(StatusCode::OK), &page, &visit.frame(None))
}

/// A page of the connection `name`, by the same ticket and in the same language as this one.
pub(super) fn address(visit: &Visit, name: &str, page: &str, notice: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for kept in ["ticket", "ui_locales"] {
        query.extend_pairs(visit.query.single(kept).map(|value| (kept, value)));
    }
    query.extend_pairs(notice.map(|notice| ("notice", notice)));
    let query = query.finish();
    let path = format!("/connections/{name}/{page}");
    if query.is_empty() { path } else { format!("{path}?{query}") }
}
