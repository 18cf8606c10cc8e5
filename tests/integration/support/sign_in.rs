//! An application of the hub's, a person with a classic account, and what passes between them.

use std::sync::OnceLock;

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use url::Url;
use vestibule::crypto::digest;
use vestibule::domain::connection::{Channel, Connection, RedirectUri};

use super::browser::{Browser, Fields, Page};
use super::databases::TestDatabase;
use super::fake_provider::{CLIENT_ID, CLIENT_SECRET, FakeProvider};
use super::hub::{Registered, TestHub};

/// Where the application takes answers. Browsers of these tests stop before they ask for it.
pub const CALLBACK: &str = "https://app.example/callback";
/// Where the application takes people who signed out.
pub const SIGNED_OUT: &str = "https://app.example/signed-out";
pub const EMAIL: &str = "ada@people.example";
pub const PASSWORD: &str = "correct horse battery staple";
/// What the person knows, as fields of pages.
pub const PERSON: &[(&str, &str)] = &[("email", EMAIL), ("password", PASSWORD)];
/// Parameters of the application's requests, the same in each.
pub const STATE: &str = "state-of-the-application";
pub const NONCE: &str = "nonce-of-the-application";
pub const VERIFIER: &str = "verifier-of-the-application-0123456789-abcdefgh";

/// A hub with one application and one connection with one classic account.
pub struct Stage {
    pub hub: TestHub,
    pub app: Registered,
    pub connection: Connection,
    pub user_id: String,
    /// A browser in which the person is signed in.
    member: Mutex<Option<Browser>>,
}

/// An answer to a program.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    /// Null where the body is no JSON.
    pub json: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// One text of the JSON.
    pub fn text_of(&self, name: &str) -> String {
        self.json[name].as_str().unwrap_or_else(|| panic!("no {name} in {self:?}")).to_owned()
    }

    pub fn error(&self) -> (u16, &str) {
        (self.status, self.json["error"].as_str().unwrap_or_default())
    }
}

impl Stage {
    pub async fn on(database: TestDatabase) -> Self {
        Self::with_client(database, json!({})).await
    }

    /// The application is registered with `settings` beside its name and addresses.
    pub async fn with_client(database: TestDatabase, settings: Value) -> Self {
        Self::at(TestHub::start(database).await, settings).await
    }

    /// The same on a hub that is there already.
    pub async fn at(hub: TestHub, settings: Value) -> Self {
        let app = add_client(&hub, settings).await;
        let connection = hub
            .connection(json!({"name": "people", "strategy": "local", "enabled_clients": [app.client_id]}))
            .await;
        let user_id = hub
            .person(json!({
                "connection": "people", "email": EMAIL, "password": PASSWORD, "email_verified": true,
                "name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace",
            }))
            .await;
        Self { hub, app, connection, user_id, member: Mutex::default() }
    }

    /// A connection to `provider`, open to the application.
    pub async fn federate(&self, name: &str, provider: &FakeProvider, channel: Channel) -> Connection {
        let clients = [self.app.client_id.as_str()];
        self.hub.connection(provider_connection(name, provider, channel, &clients)).await
    }

    /// A browser that stops where the application would go on.
    pub fn browser(&self) -> Browser {
        Browser::new().stopping_at("https://app.example/")
    }

    /// An authorization request, with `changes` to its parameters; an empty value leaves one out.
    pub fn ask(&self, changes: &[(&str, &str)]) -> String {
        ask(&self.hub.issuer, &self.app.client_id, changes)
    }

    /// Asks, and signs the person in wherever a page wants that.
    pub async fn sign_in(&self, browser: &mut Browser, changes: &[(&str, &str)]) -> Page {
        browser.walk(&self.ask(changes), PERSON).await
    }

    /// A browser in which the person is signed in; its session is shared with its clones.
    pub async fn member(&self) -> Browser {
        let mut member = self.member.lock().await;
        if member.is_none() {
            let mut browser = self.browser();
            code_of(&self.sign_in(&mut browser, &[]).await);
            *member = Some(browser);
        }
        member.clone().unwrap()
    }

    /// A code for the person who is signed in.
    pub async fn code(&self, changes: &[(&str, &str)]) -> String {
        code_of(&self.sign_in(&mut self.member().await, changes).await)
    }

    /// The token request for `code` by `client_secret_post`, or by a public application.
    pub fn exchange(&self, code: &str) -> Fields {
        let mut fields = fields(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("client_id", &self.app.client_id),
        ]);
        if !self.app.secret.is_empty() {
            fields.push(("client_secret".into(), self.app.secret.clone()));
        }
        fields
    }

    pub async fn redeem(&self, code: &str) -> Answer {
        self.token(&self.exchange(code)).await
    }

    pub async fn token(&self, fields: &[(String, String)]) -> Answer {
        post_form(&self.hub.url("oauth/token"), fields, &[]).await
    }

    /// Tokens for the person who is signed in.
    pub async fn tokens(&self, changes: &[(&str, &str)]) -> Answer {
        let answer = self.redeem(&self.code(changes).await).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }

    pub async fn userinfo(&self, token: &str) -> Answer {
        let request = http().get(self.hub.url("userinfo"));
        read(request.header(AUTHORIZATION, format!("Bearer {token}"))).await
    }

    /// A call of the Management API.
    pub async fn manage(&self, method: Method, path: &str, body: Value) -> Answer {
        let token = self.hub.management_token().await;
        let url = self.hub.url(&format!("api/v2/{path}"));
        let request = http().request(method, url).header(AUTHORIZATION, format!("Bearer {token}"));
        let answer = match body {
            Value::Null => read(request).await,
            body => read(request.header(CONTENT_TYPE, "application/json").body(body.to_string())).await,
        };
        assert!(answer.status < 300, "{answer:?}");
        answer
    }

    /// Rows of a table.
    pub fn count(&self, table: &str) -> usize {
        let query = format!("SELECT CAST(count(*) AS TEXT) AS value FROM {table}");
        self.hub.database.values(&query)[0].parse().unwrap()
    }
}

/// Registers an application with `settings` beside its name and addresses.
pub async fn add_client(hub: &TestHub, settings: Value) -> Registered {
    let mut body = json!({"name": "App", "callbacks": [CALLBACK], "allowed_logout_urls": [SIGNED_OUT]});
    body.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    hub.client(body).await
}

/// The body of a connection to `provider`, open to `clients`.
pub fn provider_connection(name: &str, provider: &FakeProvider, channel: Channel, clients: &[&str]) -> Value {
    json!({
        "name": name, "strategy": "oidc", "enabled_clients": clients,
        "options": {
            "type": channel, "redirect_uri": RedirectUri::usual(channel), "discovery_url": provider.issuer,
            "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
        },
    })
}

/// An authorization request of application `client_id`, with `changes`; an empty value leaves a parameter out.
pub fn ask(issuer: &str, client_id: &str, changes: &[(&str, &str)]) -> String {
    let challenge = digest::sha256_base64url(VERIFIER);
    let mut parameters = vec![
        ("client_id", client_id),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile email"),
        ("state", STATE),
        ("nonce", NONCE),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    for change in changes {
        parameters.retain(|(name, _)| name != &change.0);
        parameters.push(*change);
    }
    parameters.retain(|(_, value)| !value.is_empty());
    Url::parse_with_params(&format!("{issuer}authorize"), parameters).unwrap().into()
}

/// Whether the page asks who goes on: the person who is signed in, by its first button, or who has just proven who they
/// are.
pub fn asks_who_goes_on(page: &Page) -> bool {
    page.forms().iter().any(|form| {
        let buttons: Vec<&str> = form.buttons.iter().map(|button| button.value.as_str()).collect();
        buttons == ["stay", "switch"]
    })
}

/// Lets whoever has just proven who they are take the place of the person who is signed in, as a page has to ask.
pub async fn switch(browser: &mut Browser, page: &Page) -> Page {
    assert!(asks_who_goes_on(page), "{page:?}");
    let action = page.forms()[0].action.clone();
    browser.post(action.as_str(), fields(&[("choice", "switch")]), Some(&page.url)).await
}

/// The code of an answer to the application.
pub fn code_of(page: &Page) -> String {
    assert!(page.stopped, "no answer to the application: {page:?}");
    page.answered("code").unwrap_or_else(|| panic!("no code: {page:?}"))
}

/// The error of an answer to the application, which carries `state` and `iss` like every answer.
pub fn error_of(stage: &Stage, page: &Page) -> String {
    assert!(page.stopped, "no answer to the application: {page:?}");
    assert_eq!(page.answered("state").as_deref(), Some(STATE), "{page:?}");
    assert_eq!(page.answered("iss").as_deref(), Some(stage.hub.issuer.as_str()), "{page:?}");
    assert_eq!(page.answered("code"), None, "a code beside an error");
    page.answered("error").unwrap_or_else(|| panic!("no error: {page:?}"))
}

/// The stable code of an error page.
pub fn error_code(page: &Page) -> String {
    assert!(!page.stopped, "left for {}", page.url);
    between(&page.text, "<code id=\"error-code\">", "</code>")
}

/// What stands between two marks.
pub fn between(text: &str, start: &str, end: &str) -> String {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no {start} in {text}"));
    rest.split_once(end).map_or(rest, |(inside, _)| inside).to_owned()
}

pub fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The fields with one of them changed, or left out if `value` is empty.
pub fn changed(fields: &[(String, String)], name: &str, value: &str) -> Fields {
    let others = fields.iter().filter(|(key, _)| key != name).cloned();
    others.chain((!value.is_empty()).then(|| (name.to_owned(), value.to_owned()))).collect()
}

/// A path segment, or a parameter of a query, percent-encoded.
pub fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A form from a program.
pub async fn post_form(url: &str, fields: &[(String, String)], headers: &[(&str, &str)]) -> Answer {
    let mut request = as_form(http().post(url), fields);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    read(request).await
}

/// `request` with a form in it.
pub fn as_form(request: reqwest::RequestBuilder, fields: &[(String, String)]) -> reqwest::RequestBuilder {
    let form = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    form.body(serde_urlencoded::to_string(fields).unwrap())
}

/// Sends a request and reads the whole answer.
pub async fn read(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    let json = serde_json::from_str(&text).unwrap_or_default();
    Answer { status, headers, text, json }
}

/// A plain HTTP client that follows nothing and keeps no connection: one for every test and its runtime.
pub fn http() -> &'static reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        #[expect(clippy::disallowed_methods, reason = "a client of the hub, not the hub")]
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        client.pool_max_idle_per_host(0).build().unwrap()
    })
}

/// The claims of a token, its signature unread.
pub fn claims_of(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}
