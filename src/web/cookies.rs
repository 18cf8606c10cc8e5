//! Our cookies: named by issuer, because cookies ignore ports and hubs may stand side by side on one host.
//!
//! Over https they are `__Host-`, `Secure` and `SameSite=None`: a provider's `form_post` arrives as a
//! cross-site POST, and the login's cookie must be on it. Over http (localhost) browsers refuse `None`
//! without `Secure`, so they are `Lax`, and the callback page posts the answer to itself once.

use actix_web::HttpRequest;
use actix_web::HttpResponseBuilder;
use actix_web::cookie::{Cookie, SameSite, time::Duration};

use crate::crypto::digest;
use crate::domain::issuer::Issuer;
use crate::domain::limits;
use crate::domain::secret::Secret;
use crate::flows::login::{CookieChanges, SealedLogin};

pub struct CookieNames {
    session: String,
    login_prefix: String,
    is_https: bool,
}

impl CookieNames {
    pub fn of(issuer: &Issuer) -> Self {
        let host = if issuer.is_https() { "__Host-" } else { "" };
        let hash = digest::sha256(issuer.as_str().as_bytes());
        let tag: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Self {
            session: format!("{host}vestibule_{tag}_session"),
            login_prefix: format!("{host}vestibule_{tag}_login_"),
            is_https: issuer.is_https(),
        }
    }

    /// The session's token, if the browser sent one that can be one.
    pub fn session_token(&self, request: &HttpRequest) -> Option<Secret> {
        request
            .cookie(&self.session)
            .map(|cookie| Secret::new(cookie.value()))
            .filter(|token| (1..=limits::SESSION_TOKEN_BYTES).contains(&token.reveal().len()))
    }

    /// The sealed logins of this browser. Malformed cookies are passed over.
    pub fn logins(&self, request: &HttpRequest) -> Vec<SealedLogin> {
        let Ok(cookies) = request.cookies() else { return Vec::new() };
        cookies
            .iter()
            .filter_map(|cookie| {
                let id = cookie.name().strip_prefix(&self.login_prefix)?;
                Some(SealedLogin { id: id.to_owned(), value: cookie.value().to_owned() })
            })
            .collect()
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
    }

    /// Ends the browser's session cookie.
    pub fn remove_session(&self, answer: &mut HttpResponseBuilder) {
        answer.cookie(self.removal(self.session.clone()));
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
