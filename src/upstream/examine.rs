//! Asks a provider what a diagnosis stands on, through the same guard as every request.
//!
//! Nothing of it is cached: a diagnosis is about what the provider says now.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future;
use http::StatusCode;
use serde_json::{Map, Value};
use url::Url;

use super::arrival::Expected;
use super::ask_authorization;
use super::call::{Call, OurSide};
use super::discovery::document_url;
use super::error::{UpstreamError, UpstreamErrorKind, printable};
use super::http::{HttpClient, Purpose};
use super::json_answer::Document;
use super::possession::ProofKey;
use super::provider::{Provider, ProviderSettings, calls_userinfo};
use super::redeem_code::redeem_code;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::connection::{CallUserInfo, Channel, Connection, OidcOptions, PushedRequests};
use crate::domain::diagnosis::{
    Asked, Certificate, Compared, Endpoint, Evidence, Located, TokenAnswer, Trouble,
};
use crate::domain::limits;
use crate::domain::provider_metadata::{AdoptedMetadata, Metadata, names_issuer_in_answers};

/// In place of a connection's name: metrics have no label per connection that somebody only thinks of.
const PARTY: &str = "(diagnoses)";

/// Those that a connection may have.
#[derive(Clone, Copy, Debug)]
pub struct RedirectUris<'a> {
    /// Where the provider promises to name itself in its answers.
    pub if_promised: &'a str,
    pub otherwise: &'a str,
    /// If it shared none with others.
    pub own: &'a str,
}

pub(super) async fn examine(
    http: &Arc<HttpClient>,
    connection: &Connection,
    redirect_uris: RedirectUris<'_>,
    ours: OurSide<'_>,
    clock: &Clock,
) -> Evidence {
    let options = &connection.options;
    let now = clock.now();
    let (discovery_url, mut found) = match discovery_url(options) {
        Ok(Some(url)) => {
            let answer = fetch(http, "discovery", "the discovery document", url.as_str(), clock).await;
            (url.to_string(), answer)
        }
        Ok(None) => (String::new(), Fetched::not("every endpoint is entered, and no discovery URL")),
        Err(error) => (String::new(), Fetched::failed(trouble(error))),
    };
    let compared = compared(ours.adopted.map(Arc::as_ref), &found, now);
    // Our secret goes nowhere that logins would not send it.
    if let (Some(adopted), Some(compared)) = (ours.adopted, &compared)
        && !compared.drift.is_safe()
    {
        found.outcome = Asked::Came(adopted.metadata.document.clone());
    }
    let redirect_uri = match found.document().is_some_and(names_issuer_in_answers) {
        true => redirect_uris.if_promised,
        false => redirect_uris.otherwise,
    };
    let located = Located::of(options, found.document());
    let issuer = found.document().and_then(|document| document.get("issuer")?.as_str());
    let probe = located.url(Endpoint::Token).map(|url| Connection {
        name: PARTY.into(),
        options: token_endpoint_alone(options, url, issuer),
        ..connection.clone()
    });
    let whole = Connection { name: PARTY.into(), ..connection.clone() };
    let (keys, token, authorization, certificates) = future::join4(
        keys(http, &located, clock),
        token(http, probe.as_ref(), redirect_uri, ours, now),
        ask_authorization::ask(http, &whole, found.document(), redirect_uri, ours, now, trouble),
        certificates(http, &discovery_url, &located, options),
    )
    .await;
    let guarded = Endpoint::ALL.into_iter().filter_map(|endpoint| {
        let url = Url::parse(located.url(endpoint)?).ok()?;
        Some((endpoint, http.guard().admit_url(&url).err()?.to_string()))
    });
    Evidence {
        now,
        discovery_url,
        provider_time: keys.time.or(found.time),
        discovery: found.outcome,
        compared,
        keys: keys.outcome,
        token,
        authorization,
        redirect_uri: redirect_uri.to_owned(),
        own_redirect_uri: redirect_uris.own.to_owned(),
        certificates,
        guarded: guarded.collect(),
        allows_plain_http: http.guard().knows_plain_http(),
        needs_userinfo: calls_userinfo(options),
    }
}

/// What the provider publishes, beside what was adopted.
fn compared(adopted: Option<&AdoptedMetadata>, found: &Fetched, now: Timestamp) -> Option<Compared> {
    let (adopted, published) = (adopted?, found.document()?);
    Some(Compared {
        adopted_sha256: adopted.metadata.sha256.clone(),
        adopted_at: adopted.metadata.at,
        published: Metadata::new(published.clone(), now),
        drift: adopted.drift_to(published),
    })
}

/// The provider's metadata document, and what it says; `None` where there is none to be had now.
pub(super) async fn look_up(http: &HttpClient, options: &OidcOptions, clock: &Clock) -> Option<Evidence> {
    let url = discovery_url(options).ok().flatten()?;
    let found = fetch(http, "discovery", "the discovery document", url.as_str(), clock).await;
    match found.outcome {
        Asked::Came(document) => Some(Evidence::of_document(clock.now(), url.to_string(), document)),
        Asked::Not(_) | Asked::Failed(_) => None,
    }
}

/// How every host proves who it is; each is asked once.
async fn certificates(
    http: &HttpClient,
    discovery_url: &str,
    located: &Located,
    options: &OidcOptions,
) -> BTreeMap<String, Certificate> {
    let needed = Endpoint::ALL.into_iter().filter(|endpoint| match endpoint {
        Endpoint::Token => options.channel == Channel::BackChannel,
        Endpoint::UserInfo => calls_userinfo(options),
        Endpoint::Authorization | Endpoint::Keys => true,
    });
    let urls = needed.filter_map(|endpoint| located.url(endpoint)).chain([discovery_url]);
    let hosts: BTreeMap<String, Url> = urls.filter_map(https_host).collect();
    let asked = hosts.into_iter().map(async |(host, url)| Some((host, http.certificate(url).await?)));
    future::join_all(asked).await.into_iter().flatten().collect()
}

/// Host and port of an https URL, and the root there.
fn https_host(url: &str) -> Option<(String, Url)> {
    let url = Url::parse(url).ok().filter(|url| url.scheme() == "https")?;
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str()?),
        None => url.host_str()?.to_owned(),
    };
    let root = url.join("/").ok()?;
    Some((host, root))
}

/// Where a login would look for metadata; `None` where it needs none.
fn discovery_url(options: &OidcOptions) -> Result<Option<Url>, UpstreamError> {
    match (&options.discovery_url, &options.issuer) {
        (Some(url), _) => document_url(url).map(Some),
        (None, Some(issuer)) if !ProviderSettings::of(options).missing().is_empty() => {
            document_url(issuer).map(Some)
        }
        (None, _) => Ok(None),
    }
}

/// A document, and what the clocks said when it came.
struct Fetched {
    outcome: Asked<Map<String, Value>>,
    time: Option<(Timestamp, Timestamp)>,
}

impl Fetched {
    const fn not(why: &'static str) -> Self {
        Self { outcome: Asked::Not(why), time: None }
    }

    const fn failed(trouble: Trouble) -> Self {
        Self { outcome: Asked::Failed(trouble), time: None }
    }

    const fn document(&self) -> Option<&Map<String, Value>> {
        match &self.outcome {
            Asked::Came(document) => Some(document),
            Asked::Not(_) | Asked::Failed(_) => None,
        }
    }
}

async fn fetch(
    http: &HttpClient,
    operation: &'static str,
    name: &'static str,
    url: &str,
    clock: &Clock,
) -> Fetched {
    let purpose =
        Purpose { connection: PARTY, operation, limit: limits::OUTBOUND_DOCUMENT_BYTES, network: None };
    let answer = match http.get(purpose, url).await {
        Ok(answer) => answer,
        Err(error) => return Fetched::failed(trouble(error)),
    };
    let time = answer.date.map(|theirs| (theirs, clock.now()));
    let wanted = Document { check: operation, name, url };
    let outcome = match answer.object() {
        _ if !answer.status.is_success() => {
            Asked::Failed(Trouble { cause: cause_of(answer.status), ..trouble(answer.unsuccessful(wanted)) })
        }
        Some(document) => Asked::Came(document),
        None => Asked::Failed(Trouble { cause: "not-json", ..trouble(answer.unreadable(wanted)) }),
    };
    Fetched { outcome, time }
}

async fn keys(http: &HttpClient, located: &Located, clock: &Clock) -> Fetched {
    match located.url(Endpoint::Keys) {
        Some(url) => fetch(http, "keys", "the key set", url, clock).await,
        None => Fetched::not("it is not known where the keys are"),
    }
}

/// Redeems a code that nobody issued at the token endpoint of `probe`, by the connection's own way of proving itself.
async fn token(
    http: &Arc<HttpClient>,
    probe: Option<&Connection>,
    redirect_uri: &str,
    ours: OurSide<'_>,
    now: Timestamp,
) -> Asked<TokenAnswer> {
    let Some(connection) = probe else { return Asked::Not("it is not known where the token endpoint is") };
    if connection.options.channel == Channel::FrontChannel {
        return Asked::Not("the front channel does not use the token endpoint");
    }
    let (code, nonce, verifier) = (ours.random.token(), ours.random.token(), ours.random.token());
    let expected = Expected {
        redirect_uri,
        nonce: &nonce,
        pkce_verifier: Some(&verifier),
        max_age: None,
        sent_at: now,
        ours,
    };
    let outcome = async {
        let settings = ProviderSettings::of(&connection.options);
        let provider = Provider::find(http, PARTY, &settings, None, None).await?;
        let key = ProofKey::make(connection, &provider)?;
        let call = Call { http, provider: &provider, connection, ours, now };
        redeem_code(&call, &expected, &code, key.as_ref()).await
    };
    match outcome.await {
        Ok(_) => Asked::Came(TokenAnswer::Accepted),
        Err(error) => refused(error, connection.client_secret.as_ref().map_or("", |secret| secret.reveal())),
    }
}

/// Settings of a provider of which nothing else will be asked, so that nothing else has to be right.
fn token_endpoint_alone(options: &OidcOptions, url: &str, issuer: Option<&str>) -> OidcOptions {
    OidcOptions {
        discovery_url: None,
        issuer: Some(issuer.or(options.issuer.as_deref()).unwrap_or(url).to_owned()),
        authorization_endpoint: Some(url.to_owned()),
        token_endpoint: Some(url.to_owned()),
        jwks_uri: Some(url.to_owned()),
        pushed_authorization_requests: PushedRequests::Never,
        call_userinfo: CallUserInfo::Never,
        ..options.clone()
    }
}

/// What the refusal of a code means for the client that came with it.
fn refused(error: UpstreamError, secret: &str) -> Asked<TokenAnswer> {
    let came = printable(&error.came, &[secret]);
    let error = UpstreamError { came: came.clone().into(), ..error };
    Asked::Came(match error.check {
        "token-code" => TokenAnswer::CodeRefused(came),
        "token-client" => TokenAnswer::ClientRefused(came),
        // The words of Auth0 for a client it does not believe.
        "token-answer" if came.starts_with("access_denied") => TokenAnswer::ClientRefused(came),
        "token-grant-type" => TokenAnswer::GrantTypeRefused(came),
        // Tokens, though unreadable ones.
        "token-id-token" | "token-access-token" | "token-type" => TokenAnswer::Accepted,
        "token-answer" if error.kind == UpstreamErrorKind::Unreachable => {
            return Asked::Failed(Trouble { cause: "failing", ..trouble(error) });
        }
        "token-answer" if error.kind == UpstreamErrorKind::Misconfigured => {
            return Asked::Failed(Trouble { cause: "redirect", ..trouble(error) });
        }
        "token-answer" if came == "status 404" => {
            return Asked::Failed(Trouble { cause: "not-found", ..trouble(error) });
        }
        "client-assertion-key" => {
            return Asked::Not("this connection has no key yet to prove itself with: they are made with it");
        }
        "token-answer" | "token-scope" | "token-proof" => TokenAnswer::Unclear(came),
        _ => return Asked::Failed(trouble(error)),
    })
}

/// An error of the exchange itself; its check says how it failed.
fn trouble(error: UpstreamError) -> Trouble {
    Trouble {
        cause: match error.check {
            "outbound-address" | "metadata-endpoint" => "address",
            "outbound-connect" => "connect",
            "outbound-timeout" | "outbound-busy" => "timeout",
            "outbound-size" => "size",
            "outbound-exchange" => "exchange",
            "discovery-url" | "token-endpoint" => "no-url",
            _ => "answer",
        },
        expected: error.expected.into_owned(),
        came: error.came.into_owned(),
        remedy: error.advice.into_owned(),
    }
}

fn cause_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => "not-found",
        StatusCode::TOO_MANY_REQUESTS => "failing",
        _ if status.is_redirection() => "redirect",
        _ if status.is_server_error() => "failing",
        _ => "refused",
    }
}
