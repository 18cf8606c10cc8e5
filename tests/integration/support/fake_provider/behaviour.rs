//! What a scriptable provider does: everything right, except for what a test changes.

use std::fmt;

use serde_json::Value;

use crate::support::keys::Token;

/// One login as the provider sees it.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    pub issuer: String,
    /// Seconds since 1970.
    pub now: i64,
    pub client_id: String,
    pub client_secret: String,
    pub redirect_uri: String,
    pub state: String,
    pub nonce: String,
    pub response_type: String,
    pub response_mode: String,
    pub code_challenge: String,
    pub code_challenge_method: String,
    pub code: String,
    pub access_token: String,
    /// By which the application proved who it is (`private_key_jwt`).
    pub client_assertion: String,
    /// The proof that the access token is bound by (RFC 9449).
    pub proof: String,
    pub refresh_token: String,
    /// Everything the authorization request said.
    pub request: Vec<(String, String)>,
}

/// An HTTP answer.
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub location: Option<String>,
    pub body: Body,
}

pub enum Body {
    Json(Value),
    Text(String),
    /// Goes on for as long as anybody reads.
    Endless,
    /// Never begins.
    Never,
}

impl Answer {
    pub fn json(value: Value) -> Self {
        Self { status: 200, content_type: "application/json", location: None, body: Body::Json(value) }
    }

    /// The JSON body.
    pub fn document(&mut self) -> &mut Value {
        match &mut self.body {
            Body::Json(value) => value,
            Body::Text(_) | Body::Endless | Body::Never => panic!("this answer has no JSON body"),
        }
    }

    /// Puts one member into the JSON body.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.document()[name] = value.into();
    }

    pub fn remove(&mut self, name: &str) {
        self.document().as_object_mut().unwrap().remove(name);
    }

    pub fn html(&mut self) {
        self.content_type = "text/html";
        self.body = Body::Text("<!doctype html><title>Welcome</title><p>Please sign in.".into());
    }

    pub fn fail(&mut self, status: u16) {
        self.status = status;
        self.content_type = "text/plain";
        self.body = Body::Text("broken".into());
    }

    /// A page that says `text`.
    pub fn page(&mut self, status: u16, text: &str) {
        self.status = status;
        self.content_type = "text/html; charset=utf-8";
        self.body = Body::Text(format!("<!doctype html><title>Acme</title><main><p>{text}</p></main>"));
    }

    /// A redirect that keeps method and body.
    pub fn redirect(&mut self, location: &str) {
        self.status = 307;
        self.location = Some(location.into());
    }
}

/// What goes back to the application with the browser.
pub struct Reply {
    pub fields: Vec<(String, String)>,
    pub by_form_post: bool,
}

impl Reply {
    pub fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.add(name, value);
    }

    pub fn add(&mut self, name: &str, value: &str) {
        self.fields.push((name.into(), value.into()));
    }

    pub fn remove(&mut self, name: &str) {
        self.fields.retain(|(key, _)| key != name);
    }
}

type Edit<T> = fn(&mut T, &Scene);

/// The changes, one per thing a provider sends. The default is an honest provider.
#[derive(Clone, Copy, Default)]
pub struct Behaviour {
    pub id_token: Option<Edit<Token>>,
    pub reply: Option<Edit<Reply>>,
    pub discovery: Option<Edit<Answer>>,
    pub keys: Option<Edit<Answer>>,
    pub token: Option<Edit<Answer>>,
    pub userinfo: Option<Edit<Answer>>,
    pub pushed: Option<Edit<Answer>>,
    /// A page in place of the answer of the authorization endpoint.
    pub authorization: Option<Edit<Answer>>,
    /// A code may be redeemed again and again.
    pub codes_live_on: bool,
}

impl Behaviour {
    /// The default, for constants: they name what they change and `..Behaviour::HONEST`.
    pub const HONEST: Self = Self {
        id_token: None,
        reply: None,
        discovery: None,
        keys: None,
        token: None,
        userinfo: None,
        pushed: None,
        authorization: None,
        codes_live_on: false,
    };
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Behaviour")
    }
}
