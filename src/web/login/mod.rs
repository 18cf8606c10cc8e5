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

use super::extract::{PostedFrom, Visit, read_form};
use super::page_error::PageError;
use crate::domain::limits;
use crate::protocol::parameters::Parameters;

/// Reads a form of one of our pages, where the browser's cookie says whose it is: nothing but a page of ours may have
/// posted it.
pub(in crate::web) async fn own_form(
    visit: &Visit,
    request: &HttpRequest,
    body: Payload,
) -> Result<Parameters, PageError> {
    match visit.posted_from() {
        PostedFrom::OurPage => Ok(read_form(request, body, limits::FORM_BYTES).await?),
        PostedFrom::Elsewhere => Err(refused("the form was posted from a page of another origin")),
        PostedFrom::Nowhere => Err(refused(
            "the browser does not say from which page the form was posted (by Origin, Sec-Fetch-Site or Referer)",
        )),
    }
}

/// Reads a form of a login's page. Its address holds the login's id, which nobody knows beside the browser in which it
/// began, so a browser that says nothing of where it comes from may go on.
pub(super) async fn login_form(
    visit: &Visit,
    request: &HttpRequest,
    body: Payload,
) -> Result<Parameters, PageError> {
    match visit.posted_from() {
        PostedFrom::Nowhere => Ok(read_form(request, body, limits::FORM_BYTES).await?),
        PostedFrom::OurPage | PostedFrom::Elsewhere => own_form(visit, request, body).await,
    }
}

fn refused(why: &'static str) -> PageError {
    PageError::new(StatusCode::FORBIDDEN, "invalid-request", why)
}
