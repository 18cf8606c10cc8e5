//! `POST /login/{id}/password`: a classic account signs in.

use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::login_form;
use super::outcome::{Shown, answer};
use crate::domain::secret::Secret;
use crate::flows::login::sign_in_with_password;
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
    let email = form.single("email").unwrap_or_default();
    let password = Secret::new(form.single("password").unwrap_or_default());
    let browser = visit.browser();
    let outcome = sign_in_with_password(&visit.state.hub, &login_id, email, password, &browser).await;
    answer(&visit, outcome, Shown::AtItsAddress).await
}
