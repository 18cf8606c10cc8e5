//! An application of the hub's: asks, and redeems what comes back.

use serde_json::{Value, json};
use url::Url;
use vestibule::crypto::digest;
use vestibule::crypto::random::Random;
use vestibule::domain::audit::LogEntry;
use vestibule::domain::connection::Connection;

use super::browser::{Browser, Page};
use super::hub::TestHub;

/// Where the application is sent answers. Nothing listens there; it is another site than the hub.
pub const CALLBACK: &str = "http://127.0.0.1:1/callback";

/// A registered application with client_secret_post.
pub struct Application<'a> {
    pub hub: &'a TestHub,
    pub client_id: String,
    pub secret: String,
}

/// One authorization request: what was asked, and what to remember of it.
pub struct Asked {
    pub url: String,
    pub state: String,
    pub nonce: String,
    pub verifier: String,
}

/// A browser whose walk ends where the application would take over.
pub fn browser() -> Browser {
    Browser::new().stopping_at(CALLBACK)
}

impl<'a> Application<'a> {
    pub async fn register(hub: &'a TestHub) -> Self {
        let body = json!({"name": "Application", "callbacks": [CALLBACK], "app_type": "regular_web"});
        let made = hub.client(body).await;
        Self { hub, client_id: made.client_id, secret: made.secret }
    }

    /// Makes `connection` and enables it for this application alone.
    pub async fn connect(&self, connection: Connection) -> Connection {
        connect(self.hub, connection, &[&self.client_id]).await
    }

    /// A request for a code with PKCE, and with `more` parameters.
    pub fn ask(&self, more: &[(&str, &str)]) -> Asked {
        let random = Random::default();
        let (state, nonce, verifier) = (random.token(), random.token(), random.token());
        let mut url = Url::parse(&self.hub.url("authorize")).unwrap();
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", CALLBACK)
            .append_pair("response_type", "code")
            .append_pair("scope", "openid profile email")
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &digest::sha256_base64url(&verifier))
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(more);
        Asked { url: url.into(), state, nonce, verifier }
    }

    /// The log entries about this application and a connection, oldest first.
    pub async fn log_about(&self, connection: &Connection) -> Vec<LogEntry> {
        let mut entries = self.hub.log().await;
        entries.retain(|entry| {
            entry.connection_id.as_deref() == Some(connection.id.as_str())
                && entry.client_id.as_deref() == Some(self.client_id.as_str())
        });
        entries
    }
}

/// Makes `connection` as the Management API would, for those applications.
pub async fn connect(hub: &TestHub, connection: Connection, client_ids: &[&str]) -> Connection {
    let mut options = serde_json::to_value(&connection.options).unwrap();
    if let Some(secret) = &connection.client_secret {
        options["client_secret"] = json!(secret.reveal());
    }
    let body = json!({
        "name": connection.name,
        "strategy": "oidc",
        "show_as_button": true,
        "enabled_clients": client_ids,
        "options": options,
    });
    hub.connection(body).await
}

impl Asked {
    /// The code in `page`, which has to be the answer to this request.
    pub fn code_in(&self, hub: &TestHub, page: &Page) -> String {
        assert!(page.stopped, "no answer came: {page:?}");
        assert_eq!(page.answered("state").as_deref(), Some(self.state.as_str()), "{page:?}");
        assert_eq!(page.answered("iss").as_deref(), Some(hub.issuer.as_str()), "{page:?}");
        page.answered("code").unwrap_or_else(|| panic!("no code came: {page:?}"))
    }

    /// The error in `page`, or what is wrong with it as the answer to this request.
    pub fn error_in(&self, hub: &TestHub, page: &Page) -> Result<String, String> {
        let answer = page.answer();
        let is = |name: &str, value: &str| page.answered(name).as_deref() == Some(value);
        match page.answered("error") {
            Some(_) if !page.stopped => Err(format!("the browser stayed at the hub: {page:?}")),
            Some(_) if !is("state", &self.state) || !is("iss", &hub.issuer) => Err(format!("{answer:?}")),
            Some(_) if page.answered("code").is_some() => Err(format!("a code beside an error: {answer:?}")),
            Some(error) => Ok(error),
            None => Err(format!("no error came: {answer:?} {}", page.text)),
        }
    }

    /// Redeems `code` by `client_secret_post`: status and JSON.
    pub async fn redeem(&self, app: &Application<'_>, code: &str) -> (u16, Value) {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &app.client_id),
            ("client_secret", &app.secret),
            ("redirect_uri", CALLBACK),
            ("code", code),
            ("code_verifier", &self.verifier),
        ];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let page = Browser::new().post(&app.hub.url("oauth/token"), form, None).await;
        (page.status.as_u16(), serde_json::from_str(&page.text).unwrap_or_else(|_| panic!("{page:?}")))
    }

    /// Redeems the code in `page` and gives the claims of the ID token.
    pub async fn claims_in(&self, app: &Application<'_>, page: &Page) -> Value {
        let code = self.code_in(app.hub, page);
        let (status, tokens) = self.redeem(app, &code).await;
        assert_eq!(status, 200, "{tokens}");
        let claims = unverified_claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(claims["nonce"], self.nonce.as_str(), "{claims}");
        claims
    }
}

/// The claims of a token that came straight from the hub.
pub fn unverified_claims(token: &str) -> Value {
    let jws = vestibule::crypto::jws::Jws::parse(token).unwrap();
    serde_json::from_slice(&jws.payload).unwrap()
}
