//! `GET|POST /connections/{name}/test`: what the test is, and its beginning. Only the POST uses a link up.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{finish, tester};
use crate::flows::test_login::{Link, Right, begin_test, find_link};
use crate::views::pages::TestStartPage;
use crate::web::extract::Visit;
use crate::web::login::own_form;
use crate::web::{page, page_error};

pub async fn show(visit: Visit, name: Path<String>) -> HttpResponse {
    let ui_locales = visit.query.single("ui_locales");
    let token = visit.query.single("ticket");
    let tester = tester(&visit, ui_locales);
    let (connection, right) = match find_link(&visit.state.hub, &name, token, &tester).await {
        Ok(Link::Open { connection, by }) => (connection, by),
        Ok(Link::Begun { test_id }) => {
            let address = visit.state.hub.issuer.join(&format!("connections/{name}/tests/{test_id}"));
            return HttpResponse::SeeOther().insert_header((LOCATION, address)).finish();
        }
        Err(error) => return page_error::show(&visit, error),
    };
    let page = TestStartPage {
        action: format!("/connections/{name}/test"),
        connection: connection.display_name.clone(),
        provider: connection.provider_host(),
        ticket: token.map(str::to_owned),
        ui_locales: tester.ui_locales,
        is_single_use: matches!(right, Right::Link(_)),
    };
    page::finish(&visit, page::begin(StatusCode::OK), &page, &visit.frame(None))
}

pub async fn begin(visit: Visit, name: Path<String>, request: HttpRequest, body: Payload) -> HttpResponse {
    let form = match own_form(&visit, &request, body).await {
        Ok(form) => form,
        Err(error) => return page_error::show(&visit, error),
    };
    let tester = tester(&visit, form.single("ui_locales"));
    finish(&visit, begin_test(&visit.state.hub, &name, form.single("ticket"), &tester).await)
}
