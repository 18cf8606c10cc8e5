//! Pages as answers: rendered in the visitor's language, under a strict Content Security Policy.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::extract::Visit;
use crate::protocol::authorization_response::AuthorizationResponse;
use crate::views::pages::FormPostPage;
use crate::views::{Frame, Page};

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https: data:; \
                      base-uri 'none'; frame-ancestors 'none'";

/// Starts the answer that a page will fill.
pub fn begin(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY));
    answer
}

/// Fills `answer` with `page`.
pub fn finish<P: Page>(
    visit: &Visit,
    mut answer: HttpResponseBuilder,
    page: &P,
    frame: &Frame,
) -> HttpResponse {
    match visit.state.views.render(page, frame) {
        Ok(html) => answer.body(html),
        Err(error) => {
            tracing::error!(request_id = visit.origin.request_id, error = ?error, "a page cannot be rendered");
            HttpResponse::InternalServerError().body("internal error")
        }
    }
}

/// The page that posts an answer to the application's redirect URI (OAuth 2.0 Form Post Response Mode).
///
/// It may post to that one origin only, whatever a parameter might try; and it names our origin to the
/// application, for those that check where a form came from.
pub fn form_post(
    visit: &Visit,
    mut answer: HttpResponseBuilder,
    response: AuthorizationResponse,
    client_name: String,
) -> HttpResponse {
    let origin = url::Url::parse(&response.redirect_uri)
        .map(|url| url.origin().ascii_serialization())
        .ok()
        .filter(|origin| origin != "null");
    let policy = match origin {
        Some(origin) => format!("{POLICY}; form-action {origin}"),
        None => POLICY.to_owned(),
    };
    answer.insert_header((CONTENT_SECURITY_POLICY, policy)).insert_header((REFERRER_POLICY, "origin"));
    let page = FormPostPage {
        redirect_uri: response.redirect_uri,
        fields: response.parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        client_name,
    };
    finish(visit, answer, &page, &Frame::of(visit.locale(None)))
}
