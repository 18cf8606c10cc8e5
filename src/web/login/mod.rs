//! Pages a person sees on the way, and where providers send them back.

pub mod account;
pub mod activate;
pub mod callback;
pub mod connection;
pub mod consent;
pub mod frontchannel_logout;
mod outcome;
pub mod password;
pub mod person;
pub mod show;

pub use outcome::{Shown, answer};

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Payload;

use super::extract::{Visit, read_form};
use super::page_error::PageError;
use crate::domain::limits;
use crate::protocol::parameters::Parameters;

/// Reads a form of one of our pages.
pub(in crate::web) async fn own_form(
    visit: &Visit,
    request: &HttpRequest,
    body: Payload,
) -> Result<Parameters, PageError> {
    if !visit.is_from_our_page() {
        return Err(PageError::new(
            StatusCode::FORBIDDEN,
            "invalid-request",
            "the form was posted from a page of another origin",
        ));
    }
    Ok(read_form(request, body, limits::FORM_BYTES).await?)
}
