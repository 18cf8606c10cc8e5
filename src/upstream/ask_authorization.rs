//! A login that nobody began, shown to the authorization endpoint without a person (`prompt=none`): whether it would
//! come back to us.

use std::sync::Arc;

use http::Request;
use http::header::{ACCEPT, ACCEPT_LANGUAGE};
use serde_json::{Map, Value};
use url::Url;

use super::authorization_answer::{self, Asking};
use super::authorization_url::{self, Departure};
use super::call::{Call, OurSide};
use super::discovery::Discovered;
use super::error::UpstreamError;
use super::http::{HttpAnswer, HttpClient, no_url};
use super::provider::{Provider, ProviderSettings};
use super::push_request;
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Channel, Connection, UpstreamParam};
use crate::domain::diagnosis::{Asked, AuthorizationAnswer, Trouble};

/// Asks as a login of `connection` would, by the metadata in `document`; `trouble` makes one of an error.
pub(super) async fn ask(
    http: &Arc<HttpClient>,
    connection: &Connection,
    document: Option<&Map<String, Value>>,
    redirect_uri: &str,
    ours: OurSide<'_>,
    now: Timestamp,
    trouble: fn(UpstreamError) -> Trouble,
) -> Asked<AuthorizationAnswer> {
    let settings = ProviderSettings::of(&connection.options);
    let discovered = document.cloned().map(Discovered::of);
    let Ok(provider) = Provider::merge(http, &settings, discovered, None) else {
        return Asked::Not("a login does not get as far as this: see the other checks");
    };
    let call = Call { http, provider: &provider, connection, ours, now };
    match departed(&call, redirect_uri).await {
        Ok(Departing::Refused(answer)) => Asked::Came(answer),
        Ok(Departing::Gone(url, secrets)) => match show(&call, &url).await {
            Ok(answer) => {
                let asking = Asking {
                    url: &url,
                    redirect_uri,
                    posts_back: connection.options.channel == Channel::FrontChannel,
                };
                let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
                Asked::Came(authorization_answer::read(&answer, asking, &secrets))
            }
            Err(error) => Asked::Failed(trouble(error)),
        },
        Err(error) => Asked::Failed(trouble(error)),
    }
}

enum Departing {
    /// The URL for the browser, and what must not be repeated of it.
    Gone(Url, Vec<String>),
    /// The request was pushed, and refused.
    Refused(AuthorizationAnswer),
}

async fn departed(call: &Call<'_>, redirect_uri: &str) -> Result<Departing, UpstreamError> {
    let further: Vec<(String, String)> = call
        .connection
        .options
        .upstream_params
        .iter()
        .filter_map(|(name, param)| match param {
            UpstreamParam::Value(value) => Some((name.clone(), value.clone())),
            UpstreamParam::Alias(_) => None,
        })
        .collect();
    let state = call.ours.random.token();
    let departure = Departure {
        redirect_uri,
        state: &state,
        login_hint: None,
        prompt: Some("none"),
        max_age: None,
        ui_locales: None,
        acr_values: None,
        domain_hint: None,
        connection_scope: None,
        further: &further,
    };
    let (url, departed) =
        authorization_url::depart(call.provider, call.connection, departure, call.ours.random)?;
    let secrets = [Some(departed.nonce), departed.pkce_verifier];
    let mut secrets: Vec<String> =
        secrets.into_iter().flatten().map(|secret| secret.reveal().to_owned()).collect();
    secrets.push(state);
    let Some(endpoint) = &call.provider.pushed_request_endpoint else {
        return Ok(Departing::Gone(url, secrets));
    };
    match push_request::push(call, endpoint, &url).await {
        Ok(pushed) => {
            let url = Url::parse(&pushed).map_err(|_| no_url(call.purpose("authorization")))?;
            Ok(Departing::Gone(url, secrets))
        }
        Err(error) if error.check == "par-request" => {
            Ok(Departing::Refused(authorization_answer::read_pushed(&error.came)))
        }
        Err(error) => Err(error),
    }
}

/// As a browser would, in the language in which providers name their errors.
async fn show(call: &Call<'_>, url: &Url) -> Result<HttpAnswer, UpstreamError> {
    let purpose = call.purpose("authorization");
    let request = Request::get(url.as_str())
        .header(ACCEPT, "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8")
        .header(ACCEPT_LANGUAGE, "en")
        .body(Vec::new());
    call.http.send(purpose, request.map_err(|_| no_url(purpose))?).await
}
