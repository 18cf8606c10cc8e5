//! `GET /terminal/done`: where the browser ends after `vestibule login`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::extract::Visit;
use super::page;
use crate::views::pages::TerminalDonePage;

pub async fn done(visit: Visit) -> HttpResponse {
    let outcome = if visit.query.single("error").is_none() { "signed-in" } else { "failed" };
    page::finish(&visit, page::begin(StatusCode::OK), &TerminalDonePage { outcome }, &visit.frame(None))
}
