//! Our cookies: named by issuer, because cookies ignore ports and hubs may stand side by side on one host.
//!
//! Over https they are `__Host-`, `Secure` and `SameSite=None`: a provider's `form_post` arrives as a
//! cross-site POST, and the login's cookie must be on it. Over http (localhost) browsers refuse `None`
//! without `Secure`, so they are `Lax`, and the callback page posts the answer to itself once.

use actix_web::HttpRequest;
use actix_web::HttpResponseBuilder;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header::COOKIE;

use crate::crypto::digest;
use crate::domain::issuer::Issuer;
use crate::domain::limits;
use crate::domain::secret::Secret;
use crate::flows::login::{ChoiceChange, CookieChanges, SealedLogin};
use crate::flows::test_login::{HeldTest, HeldTestChanges};

pub struct CookieNames {
    session: String,
    choice: String,
    known: String,
    login_prefix: String,
    test_prefix: String,
    sign_out_trip: String,
    is_https: bool,
}

impl CookieNames {
    pub fn of(issuer: &Issuer) -> Self {
        let host = if issuer.is_https() { "__Host-" } else { "" };
        let hash = digest::sha256(issuer.as_str().as_bytes());
        let tag: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Self {
            session: format!("{host}vestibule_{tag}_session"),
            choice: format!("{host}vestibule_{tag}_choice"),
            known: format!("{host}vestibule_{tag}_known"),
            login_prefix: format!("{host}vestibule_{tag}_login_"),
            test_prefix: format!("{host}vestibule_{tag}_test_"),
            sign_out_trip: format!("{host}vestibule_{tag}_leaving"),
            is_https: issuer.is_https(),
        }
    }

    /// The session's token, if the browser sent one that can be one.
    pub fn session_token(&self, request: &HttpRequest) -> Option<Secret> {
        token(request, &self.session)
    }

    /// The secret of the sign-out at a provider that this browser is on its way back from.
    pub fn sign_out_trip(&self, request: &HttpRequest) -> Option<Secret> {
        token(request, &self.sign_out_trip)
    }

    /// The sealed choice of a connection that this browser remembers.
    pub fn remembered_choice(&self, request: &HttpRequest) -> Option<String> {
        sealed(request, &self.choice)
    }

    /// The sealed list of classic accounts to which this browser is known.
    pub fn known_accounts(&self, request: &HttpRequest) -> Option<String> {
        sealed(request, &self.known)
    }

    /// The sealed logins of this browser.
    pub fn logins(&self, request: &HttpRequest) -> Vec<SealedLogin> {
        pairs(request)
            .filter_map(|(name, value)| {
                let id = name.strip_prefix(&self.login_prefix)?;
                Some(SealedLogin { id: id.to_owned(), value: value.to_owned() })
            })
            .collect()
    }

    /// The tests of connections that this browser began.
    pub fn held_tests(&self, request: &HttpRequest) -> Vec<HeldTest> {
        pairs(request)
            .filter(|(_, value)| (1..=limits::SESSION_TOKEN_BYTES).contains(&value.len()))
            .filter_map(|(name, value)| {
                let test_id = name.strip_prefix(&self.test_prefix)?.to_owned();
                Some(HeldTest { test_id, secret: Secret::new(value) })
            })
            .collect()
    }

    /// Writes what changes among them into an answer.
    pub fn apply_tests(&self, changes: &HeldTestChanges, answer: &mut HttpResponseBuilder) {
        if let Some(HeldTest { test_id, secret }) = &changes.keep {
            let name = format!("{}{test_id}", self.test_prefix);
            let lifetime = Some(limits::TEST_REPORT_SECONDS);
            answer.cookie(self.cookie(name, secret.reveal().to_owned(), lifetime));
        }
        for test_id in &changes.forget {
            answer.cookie(self.removal(format!("{}{test_id}", self.test_prefix)));
        }
    }

    /// Writes `changes` into an answer.
    pub fn apply(&self, changes: &CookieChanges, answer: &mut HttpResponseBuilder) {
        if let Some(login) = &changes.keep_login {
            let name = format!("{}{}", self.login_prefix, login.id);
            answer.cookie(self.cookie(name, login.value.clone(), Some(limits::LOGIN_LIFETIME_SECONDS)));
        }
        for id in &changes.drop_logins {
            answer.cookie(self.removal(format!("{}{id}", self.login_prefix)));
        }
        if let Some(token) = &changes.keep_session {
            let lifetime = Some(limits::SESSION_ABSOLUTE_SECONDS);
            answer.cookie(self.cookie(self.session.clone(), token.reveal().to_owned(), lifetime));
        }
        match &changes.choice {
            Some(ChoiceChange::Remember(sealed)) => {
                let lifetime = Some(limits::REMEMBERED_CHOICE_SECONDS);
                answer.cookie(self.cookie(self.choice.clone(), sealed.clone(), lifetime));
            }
            Some(ChoiceChange::Forget) => {
                answer.cookie(self.removal(self.choice.clone()));
            }
            None => {}
        }
        if let Some(sealed) = &changes.known_accounts {
            let lifetime = Some(limits::KNOWN_BROWSER_SECONDS);
            answer.cookie(self.cookie(self.known.clone(), sealed.clone(), lifetime));
        }
    }

    /// Ends the browser's session cookie. If it goes on to sign out at a provider, the secret of that trip is kept until
    /// it is back.
    pub fn signed_out(&self, trip: Option<&Secret>, answer: &mut HttpResponseBuilder) {
        answer.cookie(self.removal(self.session.clone()));
        if let Some(secret) = trip {
            let lifetime = Some(limits::PROVIDER_SIGN_OUT_SECONDS);
            answer.cookie(self.cookie(self.sign_out_trip.clone(), secret.reveal().to_owned(), lifetime));
        }
    }

    /// The browser is back from signing out at a provider: it can come back once.
    pub fn end_sign_out_trip(&self, answer: &mut HttpResponseBuilder) {
        answer.cookie(self.removal(self.sign_out_trip.clone()));
    }

    fn cookie(&self, name: String, value: String, seconds: Option<i64>) -> Cookie<'static> {
        let mut cookie = Cookie::build(name, value)
            .path("/")
            .http_only(true)
            .secure(self.is_https)
            .same_site(if self.is_https { SameSite::None } else { SameSite::Lax })
            .finish();
        if let Some(seconds) = seconds {
            cookie.set_max_age(Duration::seconds(seconds));
        }
        cookie
    }

    fn removal(&self, name: String) -> Cookie<'static> {
        self.cookie(name, String::new(), Some(0))
    }
}

fn sealed(request: &HttpRequest, wanted: &str) -> Option<String> {
    pairs(request)
        .find(|(name, value)| *name == wanted && value.len() <= limits::COOKIE_VALUE_BYTES)
        .map(|(_, value)| value.to_owned())
}

/// The value of the cookie `wanted`, if it can be a token.
fn token(request: &HttpRequest, wanted: &str) -> Option<Secret> {
    pairs(request)
        .filter(|(name, _)| *name == wanted)
        .map(|(_, value)| value)
        .find(|value| (1..=limits::SESSION_TOKEN_BYTES).contains(&value.len()))
        .map(Secret::new)
}

/// Every cookie of a request. What other sites on the same host left there may be malformed; it is passed
/// over and spoils nothing (RFC 6265 §4.2.2). Our own values need no decoding.
fn pairs(request: &HttpRequest) -> impl Iterator<Item = (&str, &str)> {
    request
        .headers()
        .get_all(COOKIE)
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|cookie| std::str::from_utf8(cookie).ok())
        .filter_map(|cookie| cookie.trim().split_once('='))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_malformed_cookie_of_somebody_else_spoils_nothing() {
        let names = CookieNames::of(&Issuer::parse("http://localhost:8080/").unwrap());
        let header =
            format!("broken; =; x=%zz; {}=token; {}abc=sealed; lonely", names.session, names.login_prefix);
        let request = TestRequest::default()
            .insert_header((COOKIE, b"\xff\xfe=1".as_slice()))
            .append_header((COOKIE, header))
            .to_http_request();
        assert_eq!(names.session_token(&request).unwrap().reveal(), "token");
        assert_eq!(names.logins(&request), [SealedLogin { id: "abc".into(), value: "sealed".into() }]);
    }

    #[test]
    fn hubs_on_one_host_have_cookies_of_their_own() {
        let one = CookieNames::of(&Issuer::parse("http://localhost:8080/").unwrap());
        let other = CookieNames::of(&Issuer::parse("http://localhost:8081/").unwrap());
        assert_ne!(one.session, other.session);
        assert_ne!(one.login_prefix, other.login_prefix);
    }
}
