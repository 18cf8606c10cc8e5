//! `POST /login/{id}/person`: who is signed in stays, or somebody else, who has just proven who they are, goes on.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::outcome::{Shown, answer};
use super::own_form;
use crate::flows::login::{SwitchChoice, switch_person};
use crate::web::extract::Visit;
use crate::web::page_error::{self, PageError};

pub async fn handle(
    visit: Visit,
    login_id: Path<String>,
    request: HttpRequest,
    body: Payload,
) -> HttpResponse {
    let choice = own_form(&visit, &request, body).await.and_then(|form| match form.single("choice") {
        Some("stay") => Ok(SwitchChoice::Stay),
        Some("switch") => Ok(SwitchChoice::Switch),
        _ => Err(PageError::new(StatusCode::BAD_REQUEST, "invalid-request", "choice is neither of the two")),
    });
    match choice {
        Ok(choice) => {
            let outcome = switch_person(&visit.state.hub, &login_id, choice, &visit.browser()).await;
            answer(&visit, outcome, Shown::AtItsAddress).await
        }
        Err(error) => page_error::show(&visit, error),
    }
}
