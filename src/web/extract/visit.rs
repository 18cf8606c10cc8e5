//! Who asks: request id, address, browser, language.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderName, ORIGIN, REFERER, USER_AGENT};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use ipnet::IpNet;

use crate::domain::audit::Origin;
use crate::domain::locale::Locale;
use crate::domain::secret::Secret;
use crate::flows::login::Browser;
use crate::flows::test_login::HeldTest;
use crate::protocol::forwarded_for;
use crate::protocol::parameters::Parameters;
use crate::views::Frame;
use crate::web::middleware::{Loading, RequestId};
use crate::web::state::WebState;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whose page a form was posted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostedFrom {
    OurPage,
    /// Another origin's, or one that hides its origin.
    Elsewhere,
    /// The request does not say. A browser would.
    Nowhere,
}

/// One request, as handlers see it.
pub struct Visit {
    pub state: Data<WebState>,
    pub origin: Origin,
    /// Decoded query.
    pub query: Parameters,
    request: HttpRequest,
}

impl FromRequest for Visit {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(state) = request.app_data::<Data<WebState>>() else {
            return ready(Err(actix_web::error::ErrorInternalServerError("the server has no state")));
        };
        let origin = Origin {
            ip: client_address(request, &state.trusted_proxies).into(),
            user_agent: header(request, &USER_AGENT).unwrap_or_default().into(),
            request_id: request
                .extensions()
                .get::<RequestId>()
                .map(|id| id.0.as_str().into())
                .unwrap_or_default(),
        };
        ready(Ok(Self {
            state: state.clone(),
            origin,
            query: Parameters::decode(request.query_string()),
            request: request.clone(),
        }))
    }
}

impl Visit {
    /// What the browser brings to a login.
    pub fn browser(&self) -> Browser {
        Browser {
            logins: self.state.cookies.logins(&self.request),
            session_token: self.state.cookies.session_token(&self.request),
            remembered_choice: self.state.cookies.remembered_choice(&self.request),
            known_accounts: self.state.cookies.known_accounts(&self.request),
            is_framed: Loading::of(&self.request) == Loading::InFrame,
            origin: self.origin.clone(),
        }
    }

    /// The tests of connections that this browser began.
    pub fn held_tests(&self) -> Vec<HeldTest> {
        self.state.cookies.held_tests(&self.request)
    }

    /// The sign-out at a provider that this browser is on its way back from.
    pub fn sign_out_trip(&self) -> Option<Secret> {
        self.state.cookies.sign_out_trip(&self.request)
    }

    /// The language of a page: what was asked for, then what the browser prefers.
    pub fn locale(&self, ui_locales: Option<&str>) -> Locale {
        let asked = ui_locales.or(self.query.single("ui_locales"));
        Locale::choose(asked, header(&self.request, &ACCEPT_LANGUAGE))
    }

    /// The frame of a page that a GET of this address shows again, or of an answer to a POST.
    pub fn frame(&self, ui_locales: Option<&str>) -> Frame {
        let locale = self.locale(ui_locales);
        if self.request.method() == actix_web::http::Method::GET {
            let uri = self.request.uri();
            Frame::at(locale, uri.path_and_query().map_or("/", |path| path.as_str()))
        } else {
            Frame::of(locale)
        }
    }

    /// Whose page a form came from. Browsers say so themselves and let no page change it: by `Origin`, by
    /// `Sec-Fetch-Site`, or, very old ones, by `Referer` alone, which every page of ours lets them send to us.
    pub fn posted_from(&self) -> PostedFrom {
        let ours = self.state.hub.issuer.origin();
        let said = |name: &HeaderName| self.request.headers().get(name).map(|value| value.as_bytes());
        let is_ours = if let Some(origin) = said(&ORIGIN) {
            // `null` is an origin, too: of a page that hides its own.
            origin == ours.as_bytes()
        } else if let Some(site) = said(&SEC_FETCH_SITE) {
            site == b"same-origin"
        } else if let Some(page) = said(&REFERER) {
            let page = std::str::from_utf8(page).ok().and_then(|page| url::Url::parse(page).ok());
            page.is_some_and(|page| page.origin().ascii_serialization() == ours)
        } else {
            return PostedFrom::Nowhere;
        };
        if is_ours { PostedFrom::OurPage } else { PostedFrom::Elsewhere }
    }

    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        header(&self.request, name)
    }
}

fn header<'a>(request: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// The peer's address, or behind trusted proxies the last address that none of them vouches for.
fn client_address(request: &HttpRequest, trusted: &[IpNet]) -> String {
    let Some(peer) = request.peer_addr().map(|peer| peer.ip()) else { return String::new() };
    let lines = request.headers().get_all(forwarded_for::HEADER).map(|line| line.as_bytes());
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    forwarded_for::address_behind(peer, lines, is_trusted).to_string()
}
