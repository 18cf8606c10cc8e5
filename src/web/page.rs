//! Pages as answers: rendered in the visitor's language, under a strict Content Security Policy.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER};
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::extract::Visit;
use super::middleware::MayBeFramed;
use crate::domain::clock::Timestamp;
use crate::protocol::authorization_response::AuthorizationResponse;
use crate::protocol::response_mode::web_origin;
use crate::views::pages::{FormPostPage, SignedOutPage, WebMessagePage};
use crate::views::{Frame, Page};

/// Where a page may take things from. Where its forms lead is left open: Chromium holds the whole chain of redirects
/// that follows a form to `form-action`, and one that signs somebody in ends at an application, or goes through
/// servers of a provider that we do not know.
const SOURCES: &str =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https: data:; base-uri 'none'";

/// Starts the answer that a page will fill.
pub fn begin(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, format!("{SOURCES}; frame-ancestors 'none'")));
    answer
}

/// Says when to come again, where that is known (RFC 9110 §10.2.3).
pub fn wait(mut answer: HttpResponseBuilder, seconds: Option<u64>) -> HttpResponseBuilder {
    if let Some(seconds) = seconds {
        answer.insert_header((RETRY_AFTER, seconds.to_string()));
    }
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
            tracing::error!(request_id = visit.origin.request_id.as_str(), error = ?error, "a page cannot be rendered");
            HttpResponse::InternalServerError().body("internal error")
        }
    }
}

/// The page that posts an answer to the application's redirect URI (OAuth 2.0 Form Post Response Mode).
///
/// It names our origin to the application, for those that check where a form came from. It sets no `form-action`:
/// Chromium holds a form's whole chain of redirects to it, so an application whose callback sends the browser on to
/// another origin would have its code taken and its person left on a blank page.
pub fn form_post(
    visit: &Visit,
    mut answer: HttpResponseBuilder,
    response: AuthorizationResponse,
) -> HttpResponse {
    let client_name = host_of(&response);
    answer.insert_header((REFERRER_POLICY, "origin"));
    let page = FormPostPage {
        redirect_uri: response.redirect_uri,
        fields: response.parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        client_name,
    };
    finish(visit, answer, &page, &Frame::of(visit.locale(None)))
}

/// The page that hands an answer to the window that opened it or holds it in a frame
/// (`response_mode=web_message`). Only pages of the answer's origins may hold it, and only they receive it.
pub fn web_message(
    visit: &Visit,
    mut answer: HttpResponseBuilder,
    response: AuthorizationResponse,
) -> HttpResponse {
    let client_name = host_of(&response);
    let origins = response.origins.join(" ");
    let policy = format!("{SOURCES}; form-action 'none'; frame-ancestors {origins}");
    answer.insert_header((CONTENT_SECURITY_POLICY, policy));
    let page = WebMessagePage::new(response.origins, response.parameters, client_name);
    let mut answer = finish(visit, answer, &page, &Frame::of(visit.locale(None)));
    answer.extensions_mut().insert(MayBeFramed);
    answer
}

/// The last page of a sign-out. It opens the frames of the applications that want to hear of it (OpenID Connect
/// Front-Channel Logout 1.0) and no others; only a page of `framed_by`, the provider that signed the person out, may
/// hold it.
pub fn signed_out(
    visit: &Visit,
    mut answer: HttpResponseBuilder,
    page: &SignedOutPage,
    frame: &Frame,
    framed_by: Option<&str>,
) -> HttpResponse {
    let framed_by = framed_by.and_then(web_origin);
    let origins: BTreeSet<String> = page.frames.iter().filter_map(|address| web_origin(address)).collect();
    let sources = origins.iter().fold(String::from("frame-src"), |sources, origin| sources + " " + origin);
    let ancestors = framed_by.as_deref().unwrap_or("'none'");
    let policy = match origins.is_empty() {
        true => format!("{SOURCES}; frame-ancestors {ancestors}"),
        false => format!("{SOURCES}; {sources}; frame-ancestors {ancestors}"),
    };
    answer.insert_header((CONTENT_SECURITY_POLICY, policy));
    let mut answer = finish(visit, answer, page, frame);
    if framed_by.is_some() {
        answer.extensions_mut().insert(MayBeFramed);
    }
    answer
}

/// The application as its address names it.
fn host_of(response: &AuthorizationResponse) -> String {
    let host = url::Url::parse(&response.redirect_uri).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| response.redirect_uri.clone())
}

/// The day of a moment, with hyphens at which no line ends.
pub fn day(moment: Timestamp) -> String {
    moment.iso8601().chars().take(10).map(|letter| if letter == '-' { '\u{2011}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_stays_on_one_line() {
        assert_eq!(day(Timestamp::from_seconds(1_800_000_000)), "2027\u{2011}01\u{2011}15");
    }
}
