//! `GET /`: what a person sees who comes here without an application.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::extract::Visit;
use super::page;
use crate::views::pages::HomePage;

pub async fn handle(visit: Visit) -> HttpResponse {
    let home = HomePage { issuer: visit.state.hub.issuer.as_str().to_owned() };
    page::finish(&visit, page::begin(StatusCode::OK), &home, &visit.frame(None))
}
