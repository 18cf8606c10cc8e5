//! Who asks: request id, address, browser, language.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, ORIGIN, USER_AGENT};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use ipnet::IpNet;

use crate::domain::audit::Origin;
use crate::domain::locale::Locale;
use crate::flows::login::Browser;
use crate::flows::test_login::HeldTest;
use crate::protocol::parameters::Parameters;
use crate::views::Frame;
use crate::web::middleware::{Loading, RequestId};
use crate::web::state::WebState;

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

    /// Whether a form came from a page of ours. Browsers name the origin of every POST; what names none is
    /// no browser.
    pub fn is_from_our_page(&self) -> bool {
        header(&self.request, &ORIGIN).is_none_or(|origin| origin == self.state.hub.issuer.origin())
    }

    pub fn header(&self, name: &actix_web::http::header::HeaderName) -> Option<&str> {
        header(&self.request, name)
    }
}

fn header<'a>(request: &'a HttpRequest, name: &actix_web::http::header::HeaderName) -> Option<&'a str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// The peer's address, or behind trusted proxies the last address that none of them vouches for.
fn client_address(request: &HttpRequest, trusted: &[IpNet]) -> String {
    let Some(peer) = request.peer_addr().map(|peer| peer.ip()) else { return String::new() };
    let forwarded = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect::<Vec<_>>();
    address_behind(peer, &forwarded, trusted).to_string()
}

fn address_behind(peer: IpAddr, forwarded: &[&str], trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut address = peer.to_canonical();
    for hop in forwarded.iter().rev() {
        if !is_trusted(&address) {
            break;
        }
        let Ok(next) = hop.parse::<IpAddr>() else { break };
        address = next.to_canonical();
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_may_say_whom_they_speak_for() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let from = |peer: &str, forwarded: &[&str]| {
            address_behind(peer.parse().unwrap(), forwarded, &trusted).to_string()
        };
        assert_eq!(from("198.51.100.7", &["203.0.113.9"]), "198.51.100.7");
        assert_eq!(from("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(from("10.0.0.1", &["6.6.6.6", "203.0.113.9"]), "203.0.113.9");
        assert_eq!(from("10.0.0.1", &["203.0.113.9", "10.0.0.2"]), "203.0.113.9");
        assert_eq!(from("10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(from("::ffff:10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(from("10.0.0.1", &[]), "10.0.0.1");
    }
}
