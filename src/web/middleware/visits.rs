//! Pages are visited: what a page of another site loads as a part of itself, or a browser in advance, reaches none of them.
//!
//! An image, a script or a frame would otherwise begin a sign-in, come back from a provider, end a session, while nobody
//! looks. Browsers say what they load an address for (Fetch Metadata, `Sec-Fetch-Dest`), and only going there counts.
//! Those that say nothing, old ones and programs, get the benefit of the doubt: no page relies on this alone.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest as _, HttpRequest};

use crate::domain::audit::LogType;
use crate::web::extract::Visit;
use crate::web::page_error::{self, PageError};

/// What a browser loads an address for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loading {
    /// Somebody goes there, or the browser does not say.
    Visit,
    InFrame,
    /// A part of a page, a script's own request, or a page nobody has asked for yet.
    Aside,
}

const FETCH_DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// By which browsers say that they load an address in advance; the last two are older.
const IN_ADVANCE: [HeaderName; 4] = [
    HeaderName::from_static("sec-purpose"),
    HeaderName::from_static("purpose"),
    HeaderName::from_static("x-purpose"),
    HeaderName::from_static("x-moz"),
];

impl Loading {
    pub fn of(request: &HttpRequest) -> Self {
        let says = |name: &HeaderName| request.headers().get(name).map(|value| value.as_bytes());
        let is_in_advance = |purpose: &[u8]| {
            let purpose = String::from_utf8_lossy(purpose).to_ascii_lowercase();
            ["prefetch", "prerender", "preview", "instant"].iter().any(|word| purpose.contains(word))
        };
        if IN_ADVANCE.iter().filter_map(says).any(is_in_advance) {
            return Self::Aside;
        }
        match says(&FETCH_DESTINATION) {
            None | Some(b"document") => Self::Visit,
            Some(b"iframe" | b"frame") => Self::InFrame,
            Some(_) => Self::Aside,
        }
    }
}

/// Who may load an address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// For programs and parts of pages: no cookie decides anything there, or nothing is decided.
    ToAll,
    /// For frames too: silent requests (`/authorize`), and the end of a session that its application or provider says
    /// in one. What these do there, they say themselves.
    ToFrames,
}

/// Beginnings of paths that are no pages. A path that is not here is one: a new page is guarded by being made.
const OTHERS: [(&str, Open); 13] = [
    ("/api/v2/", Open::ToAll),
    ("/oauth/", Open::ToAll),
    ("/oidc/register", Open::ToAll),
    ("/userinfo", Open::ToAll),
    ("/.well-known/", Open::ToAll),
    ("/static/", Open::ToAll),
    ("/logos/", Open::ToAll),
    ("/favicon.ico", Open::ToAll),
    ("/healthz", Open::ToAll),
    ("/readyz", Open::ToAll),
    ("/authorize", Open::ToFrames),
    ("/oidc/logout", Open::ToFrames),
    ("/login/frontchannel-logout/", Open::ToFrames),
];

/// Where sessions end, and say so in their own words.
const LOGOUTS: [&str; 4] = ["/v2/logout", "/oidc/logout", "/logout/", "/login/frontchannel-logout/"];

/// Refuses what is no visit, before a handler sees it: nothing is redeemed, and no cookie is set.
pub async fn only_visits(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    if is_open(request.path(), Loading::of(request.request())) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let visit = Visit::from_request(request.request(), &mut Payload::None).await?;
    let (log_type, code) = if LOGOUTS.iter().any(|path| request.path().starts_with(path)) {
        (LogType::LogoutFailed, "logout-invalid")
    } else {
        (LogType::LoginFailed, "loaded-aside")
    };
    let cause = "the browser loaded this address as a part of a page, or in advance, and did not go there";
    let error = PageError::new(StatusCode::BAD_REQUEST, code, cause);
    let answer = page_error::show_as(&visit, log_type, error);
    drop(visit);
    Ok(request.into_response(answer).map_into_right_body())
}

fn is_open(path: &str, loading: Loading) -> bool {
    let open = OTHERS.iter().find(|(beginning, _)| path.starts_with(beginning)).map(|(_, open)| *open);
    match loading {
        Loading::Visit => true,
        Loading::InFrame => open.is_some(),
        Loading::Aside => open == Some(Open::ToAll),
    }
}
