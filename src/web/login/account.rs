//! `POST /login/{id}/account`: continue as who is signed in, or as somebody else.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::login_form;
use super::outcome::{Shown, answer};
use crate::flows::login::{AccountChoice, confirm_account};
use crate::web::extract::Visit;
use crate::web::page_error::{self, PageError};

pub async fn handle(
    visit: Visit,
    login_id: Path<String>,
    request: HttpRequest,
    body: Payload,
) -> HttpResponse {
    let choice = login_form(&visit, &request, body).await.and_then(|form| match form.single("choice") {
        Some("continue") => Ok(AccountChoice::Continue),
        Some("another") => Ok(AccountChoice::Another),
        _ => Err(PageError::new(StatusCode::BAD_REQUEST, "invalid-request", "choice is neither of the two")),
    });
    match choice {
        Ok(choice) => {
            let outcome = confirm_account(&visit.state.hub, &login_id, choice, &visit.browser()).await;
            answer(&visit, outcome, Shown::AtItsAddress).await
        }
        Err(error) => page_error::show(&visit, error),
    }
}
