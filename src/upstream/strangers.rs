//! What providers send, read by one plain function each, without a network: what fuzzing calls, and nothing else does.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Map, Value};
use url::Url;

use super::authorization_answer::{self, Asking};
use super::call::{Call, OurSide};
use super::discovery::Discovered;
use super::error::UpstreamError;
use super::fetch_userinfo;
use super::html;
use super::http::{HttpAnswer, HttpClient, Timeouts};
use super::json_answer::Document;
use super::provider::{Provider, ProviderSettings};
use super::token_endpoint::{TokenEndpoint, Wanted};
use super::trace::Trace;
use super::verify_id_token::{TokenRules, check_claims};
use super::verify_logout_token;
use super::{OutboundSettings, ProviderLogout};
use crate::crypto::jws::{Algorithm, Jws};
use crate::crypto::random::Random;
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, ConnectionKeys};

/// The other side of one connection, whose metadata are known already.
pub struct Strangers {
    http: Arc<HttpClient>,
    connection: Connection,
    provider: Provider,
    keys: ConnectionKeys,
    random: Random,
    now: Timestamp,
}

impl Strangers {
    /// # Errors
    /// The `metadata` of the provider cannot be used for `connection`.
    pub fn of(
        connection: Connection,
        metadata: Map<String, Value>,
        random: Random,
        now: Timestamp,
    ) -> Result<Self, UpstreamError> {
        let settings = OutboundSettings { allow: Vec::new(), extra_ca_pem: None };
        let http = Arc::new(HttpClient::new(settings, Timeouts::default(), None)?);
        let provider = provider(&http, &connection, metadata)?;
        Ok(Self { http, connection, provider, keys: ConnectionKeys::default(), random, now })
    }

    /// A discovery document: the endpoints that logins would go by.
    pub fn metadata(&self, body: &[u8]) -> Option<Vec<String>> {
        let provider = provider(&self.http, &self.connection, answer(200, body).object()?).ok()?;
        let optional = [provider.token_endpoint, provider.userinfo_endpoint, provider.end_session_endpoint];
        let required = [provider.authorization_endpoint, provider.jwks_uri];
        Some(required.into_iter().chain(optional.into_iter().flatten()).collect())
    }

    /// An answer of the token endpoint, with `status`: its access token, which must fit into a header.
    pub fn token_answer(&self, status: u16, body: &[u8]) -> Option<Vec<u8>> {
        let ours = OurSide { keys: &self.keys, random: &self.random, adopted: None, network: None };
        let call = Call {
            http: &self.http,
            provider: &self.provider,
            connection: &self.connection,
            ours,
            now: self.now,
        };
        let endpoint = TokenEndpoint::of(&call, None).ok()?;
        [Wanted::SignIn, Wanted::Refresh]
            .map(|wanted| endpoint.normalised(&answer(status, body), wanted, &["secret"]).ok())
            .into_iter()
            .flatten()
            .next()
            .map(http::Response::into_body)
    }

    /// An answer of UserInfo about `subject`.
    pub fn userinfo(&self, body: &[u8], subject: &str) -> Option<Map<String, Value>> {
        let wanted = Document { check: "userinfo", name: "UserInfo", url: "https://idp.example/userinfo" };
        let claims = answer(200, body).into_object(wanted).ok()?;
        let client_id = &self.connection.options.client_id;
        fetch_userinfo::check_origin(&claims, &self.provider.issuer, client_id).ok()?;
        fetch_userinfo::check_subject(&claims, subject).ok()?;
        Some(claims)
    }

    /// An ID token whose signature is taken for good.
    pub fn id_token(&self, token: &str, nonce: &str) -> Option<Map<String, Value>> {
        let jws = Jws::parse(token).ok()?;
        let rules = TokenRules {
            provider: &self.provider,
            options: &self.connection.options,
            nonce,
            max_age: Some((300, self.now)),
            access_token: Some("access token"),
            code: Some("code"),
            trace: &Trace::off(),
            now: self.now,
        };
        check_claims(&jws, Algorithm::RS256, &rules).ok()
    }

    /// The claims of a logout token.
    pub fn logout_token(&self, claims: &[u8]) -> Option<ProviderLogout> {
        verify_logout_token::check_claims(claims, &self.provider, &self.connection, self.now).ok()
    }

    /// A page by which an authorization endpoint answers.
    pub fn authorization_page(&self, status: u16, location: &str, body: &[u8]) -> String {
        let Ok(url) = Url::parse(&self.provider.authorization_endpoint) else { return String::new() };
        let asking = |posts_back| Asking { url: &url, redirect_uri: "https://hub.example/cb", posts_back };
        let answer = HttpAnswer { location: location.to_owned(), ..answer(status, body) };
        let read = |posts_back| authorization_answer::read(&answer, asking(posts_back), &["secret"]);
        format!("{:?} {:?}", read(true), read(false))
    }
}

/// A page as the reader of pages understands it: its forms' addresses, and its text.
pub fn page(html: &str) -> (Vec<String>, String) {
    (html::forms(html).into_iter().map(|form| form.action).collect(), html::text(html))
}

fn provider(
    http: &HttpClient,
    connection: &Connection,
    metadata: Map<String, Value>,
) -> Result<Provider, UpstreamError> {
    let settings = ProviderSettings::of(&connection.options);
    Provider::merge(http, &settings, Some(Discovered::of(metadata)), None)
}

fn answer(status: u16, body: &[u8]) -> HttpAnswer {
    HttpAnswer {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::OK),
        media_type: "application/json".into(),
        proof_nonce: None,
        challenge: String::new(),
        date: None,
        location: String::new(),
        certificate: None,
        body: body.to_vec(),
    }
}
