//! `POST /login/{id}/connection`: the person typed an e-mail address or an
//! organization's code, or pressed a connection's button.

use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::login_form;
use super::outcome::{Shown, answer};
use crate::flows::login::{choose_named_connection, identify_by_email, identify_by_organization};
use crate::web::extract::Visit;
use crate::web::page_error;

pub async fn handle(
    visit: Visit,
    login_id: Path<String>,
    request: HttpRequest,
    body: Payload,
) -> HttpResponse {
    let form = match login_form(&visit, &request, body).await {
        Ok(form) => form,
        Err(error) => return page_error::show(&visit, error),
    };
    let (hub, browser) = (&visit.state.hub, visit.browser());
    let remembers = form.single("remember") == Some("yes");
    let outcome = match (form.single("connection"), form.single("organization")) {
        (Some(name), _) => choose_named_connection(hub, &login_id, name, &browser).await,
        (None, Some(code)) => identify_by_organization(hub, &login_id, code, remembers, &browser).await,
        (None, None) => {
            let typed = form.single("email").unwrap_or_default();
            identify_by_email(hub, &login_id, typed, remembers, &browser).await
        }
    };
    answer(&visit, outcome, Shown::AtItsAddress).await
}
