//! `GET /connections/{name}/tests/{id}`: what a test found, for the browser in which it began.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::tester;
use crate::flows::test_login::show_report;
use crate::views::pages::TestReportPage;
use crate::web::extract::Visit;
use crate::web::{page, page_error};

pub async fn handle(visit: Visit, path: Path<(String, String)>) -> HttpResponse {
    let (name, id) = path.into_inner();
    let shown = match show_report(&visit.state.hub, &name, &id, &tester(&visit, None)).await {
        Ok(shown) => shown,
        Err(error) => return page_error::show(&visit, error),
    };
    let until = page::day(shown.test.expires_at);
    let page = TestReportPage::new(shown.connection.display_name.clone(), shown.status, &shown.report, until);
    page::finish(&visit, page::begin(StatusCode::OK), &page, &visit.frame(None))
}
