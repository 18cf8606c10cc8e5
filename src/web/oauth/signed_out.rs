//! The end of every sign-out: on to the next address, or a page that first tells applications in frames (OpenID Connect
//! Front-Channel Logout 1.0).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;

use crate::domain::locale::Locale;
use crate::flows::logout::SignedOut;
use crate::views::Frame;
use crate::views::pages::SignedOutPage;
use crate::web::extract::Visit;
use crate::web::page;

/// Takes the session's cookie away and goes on.
pub fn signed_out(visit: &Visit, locale: Locale, done: SignedOut) -> HttpResponse {
    signed_out_framed(visit, locale, done, None)
}

/// The same, inside a page of `framed_by`.
pub fn signed_out_framed(
    visit: &Visit,
    locale: Locale,
    done: SignedOut,
    framed_by: Option<&str>,
) -> HttpResponse {
    let SignedOut { next, client_name, frames } = done;
    if let (true, Some(address)) = (frames.is_empty(), &next) {
        let mut answer = HttpResponse::SeeOther();
        visit.state.cookies.remove_session(&mut answer);
        return answer.insert_header((LOCATION, address.as_str())).finish();
    }
    let mut answer = page::begin(StatusCode::OK);
    visit.state.cookies.remove_session(&mut answer);
    let page = SignedOutPage { client_name, back: next, frames };
    page::signed_out(visit, answer, &page, &Frame::of(locale), framed_by)
}

/// Whether the query of a GET asks to sign out at the provider too: Auth0's `federated` takes no value there.
pub fn is_federated(query: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "federated" && value != "false")
}
