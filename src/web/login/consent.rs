//! `POST /login/{id}/consent`: the person lets the application have what it asked for, or does not.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::login_form;
use super::outcome::{Shown, answer};
use crate::flows::login::{ConsentChoice, give_consent};
use crate::web::extract::Visit;
use crate::web::page_error::{self, PageError};

pub async fn handle(
    visit: Visit,
    login_id: Path<String>,
    request: HttpRequest,
    body: Payload,
) -> HttpResponse {
    let choice = login_form(&visit, &request, body).await.and_then(|form| match form.single("choice") {
        Some("allow") => Ok(ConsentChoice::Allow),
        Some("deny") => Ok(ConsentChoice::Deny),
        Some("another") => Ok(ConsentChoice::Another),
        _ => Err(PageError::new(StatusCode::BAD_REQUEST, "invalid-request", "choice is none of the three")),
    });
    match choice {
        Ok(choice) => {
            let outcome = give_consent(&visit.state.hub, &login_id, choice, &visit.browser()).await;
            answer(&visit, outcome, Shown::AtItsAddress).await
        }
        Err(error) => page_error::show(&visit, error),
    }
}
