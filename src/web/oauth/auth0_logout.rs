//! `GET /v2/logout`: Auth0's way to sign out, without a question.
//!
//! A link on any page can therefore sign people out, which Auth0's libraries count on. An image, a frame or a script
//! cannot: only going there counts (`web/middleware/visits.rs`).

use actix_web::{HttpRequest, HttpResponse};

use super::signed_out::{is_federated, signed_out};
use crate::domain::audit::LogType;
use crate::flows::logout::sign_out_directly;
use crate::web::extract::Visit;
use crate::web::page_error;

pub async fn handle(visit: Visit, request: HttpRequest) -> HttpResponse {
    let is_federated = is_federated(request.query_string());
    match sign_out_directly(&visit.state.hub, &visit.query, is_federated, &visit.browser()).await {
        Ok(done) => signed_out(&visit, visit.locale(None), done),
        Err(error) => page_error::show_as(&visit, LogType::LogoutFailed, error),
    }
}
