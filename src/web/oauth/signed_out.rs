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
    let SignedOut { next, client_name, frames, trip_secret } = done;
    if let (true, Some(address)) = (frames.is_empty(), &next) {
        let mut answer = HttpResponse::SeeOther();
        visit.state.cookies.signed_out(trip_secret.as_ref(), &mut answer);
        return answer.insert_header((LOCATION, address.as_str())).finish();
    }
    let mut answer = page::begin(StatusCode::OK);
    visit.state.cookies.signed_out(trip_secret.as_ref(), &mut answer);
    let page = SignedOutPage { client_name, back: next, frames };
    page::signed_out(visit, answer, &page, &Frame::of(locale), framed_by)
}

/// The end of a trip to a provider. The session ended before it began, so whoever has one now has signed in since then,
/// and stays. `None`: this browser was on no such trip; the page says that nobody is signed in, and nothing changes.
pub fn back_from_provider(visit: &Visit, locale: Locale, done: Option<SignedOut>) -> HttpResponse {
    let is_back = done.is_some();
    let SignedOut { next, client_name, .. } = done.unwrap_or_default();
    let mut answer = if next.is_some() { HttpResponse::SeeOther() } else { page::begin(StatusCode::OK) };
    if is_back {
        visit.state.cookies.end_sign_out_trip(&mut answer);
    }
    match next {
        Some(address) => answer.insert_header((LOCATION, address)).finish(),
        None => {
            let page = SignedOutPage { client_name, back: None, frames: Vec::new() };
            page::signed_out(visit, answer, &page, &Frame::of(locale), None)
        }
    }
}

/// Whether the query of a GET asks to sign out at the provider too: Auth0's `federated` takes no value there.
pub fn is_federated(query: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "federated" && value != "false")
}
