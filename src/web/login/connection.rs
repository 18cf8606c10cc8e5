//! `POST /login/{id}/connection`: the person typed an e-mail address, or pressed a connection's button.

use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::outcome::{Shown, answer};
use super::own_form;
use crate::flows::login::{choose_named_connection, identify_by_email};
use crate::web::extract::Visit;
use crate::web::page_error;

pub async fn handle(
    visit: Visit,
    login_id: Path<String>,
    request: HttpRequest,
    body: Payload,
) -> HttpResponse {
    let form = match own_form(&visit, &request, body).await {
        Ok(form) => form,
        Err(error) => return page_error::show(&visit, error),
    };
    let (hub, browser) = (&visit.state.hub, visit.browser());
    let outcome = match form.single("connection") {
        Some(name) => choose_named_connection(hub, &login_id, name, &browser).await,
        None => identify_by_email(hub, &login_id, form.single("email").unwrap_or_default(), &browser).await,
    };
    answer(&visit, outcome, Shown::AtItsAddress).await
}
