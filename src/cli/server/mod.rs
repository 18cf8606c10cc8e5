//! A running hub, as a command talks to it: its Management API, with a token of whoever asks.

mod credentials;
mod http;
mod refusal;
mod session;
mod stored;

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::Method;
use serde_json::Value;

use self::http::{Exchange, Http};
pub(super) use self::refusal::ServerError;
pub(super) use self::session::{Returned, finish_sign_in, sign_out};
use crate::config::Terminal;
use crate::domain::issuer::Issuer;
use crate::domain::limits;
use crate::domain::secret::Secret;

/// Which hub.
#[derive(Clone, Debug, Args)]
pub(super) struct ServerArguments {
    /// The hub to talk to, for instance https://login.example.com; otherwise VESTIBULE_ISSUER, also from `.env`.
    #[arg(long, global = true, value_name = "URL", value_parser = issuer)]
    server: Option<Issuer>,
}

impl ServerArguments {
    /// The settings of this terminal.
    ///
    /// # Errors
    /// All their problems.
    pub(super) fn settings(&self) -> anyhow::Result<Terminal> {
        Ok(Terminal::from_process(self.server.as_ref())?)
    }
}

fn issuer(text: &str) -> Result<Issuer, String> {
    Issuer::parse(text).map_err(|error| format!("{error}; {}", error.fix()))
}

/// A hub that answered, and a token for its Management API.
pub(super) struct Server {
    issuer: Issuer,
    http: Http,
    token: Secret,
}

/// What a call brought: JSON, and the version of the resource where it is one.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) json: Value,
    pub(super) etag: Option<String>,
}

impl Server {
    /// Gets a token for the hub that the settings name.
    ///
    /// # Errors
    /// Nobody to ask as; the hub cannot be reached, or refuses.
    pub(super) async fn connect(terminal: &Terminal) -> anyhow::Result<Self> {
        let http = Http::new(&terminal.server, terminal.extra_ca_pem.as_deref())?;
        let token = credentials::token(&http, terminal).await?;
        Ok(Self { issuer: terminal.server.clone(), http, token })
    }

    pub(super) fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Reads what is at `path`, below `/api/v2`.
    ///
    /// # Errors
    /// [`ServerError`].
    pub(super) async fn get(&self, path: &str) -> Result<Answer, ServerError> {
        self.call(Method::GET, path, None, None).await
    }

    /// # Errors
    /// [`ServerError`].
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Answer, ServerError> {
        self.call(Method::POST, path, Some(body), None).await
    }

    /// Merges `patch` into the resource, if it still is as `etag` says.
    ///
    /// # Errors
    /// [`ServerError`]; it says so if somebody was faster.
    pub(super) async fn patch(
        &self,
        path: &str,
        patch: &Value,
        etag: Option<&str>,
    ) -> Result<Answer, ServerError> {
        self.call(Method::PATCH, path, Some(patch), etag).await
    }

    /// # Errors
    /// As [`Server::patch`].
    pub(super) async fn delete(&self, path: &str, etag: Option<&str>) -> Result<(), ServerError> {
        self.call(Method::DELETE, path, None, etag).await.map(drop)
    }

    /// Every item of the list at `/RESOURCE`.
    ///
    /// # Errors
    /// [`ServerError`].
    pub(super) async fn list(&self, resource: &str) -> Result<Vec<Value>, ServerError> {
        let mut items = Vec::new();
        let mut from = String::new();
        for _ in 0..limits::TERMINAL_PAGES {
            let path = format!("{resource}?take={}{from}", limits::PAGE_SIZE_MAX);
            let mut page = self.get(&path).await?.json;
            let Some(Value::Array(more)) = page.get_mut(resource).map(Value::take) else {
                return Err(ServerError::NotAHub(format!("{path} brought no {resource}")));
            };
            items.extend(more);
            match page.get("next").and_then(Value::as_str) {
                Some(next) => from = format!("&{}", query("from", next)),
                None => return Ok(items),
            }
        }
        Err(ServerError::NotAHub(format!("the list of {resource} does not end")))
    }

    /// What is at each of `paths`, in their order; a few are asked at a time.
    ///
    /// # Errors
    /// The first [`ServerError`].
    pub(super) async fn get_each(&self, paths: Vec<String>) -> Result<Vec<Answer>, ServerError> {
        let calls = stream::iter(paths).map(|path| async move { self.get(&path).await });
        calls.buffered(limits::TERMINAL_CALLS_AT_ONCE).try_collect().await
    }

    /// The connection of that name; `None` if there is none.
    ///
    /// # Errors
    /// [`ServerError`].
    pub(super) async fn find_connection(&self, name: &str) -> Result<Option<Value>, ServerError> {
        let found = self.get(&format!("connections?{}", query("name", name))).await?.json;
        let matches = |one: &Value| one.get("name").and_then(Value::as_str) == Some(name);
        let Value::Array(found) = found else {
            return Err(ServerError::NotAHub("connections brought no list".into()));
        };
        Ok(found.into_iter().find(matches))
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        etag: Option<&str>,
    ) -> Result<Answer, ServerError> {
        let body = body.map(Value::to_string);
        let exchange = Exchange {
            method,
            url: self.issuer.join(&format!("api/v2/{path}")),
            media_type: "application/json",
            body,
            bearer: Some(&self.token),
            if_match: etag,
        };
        let answer = self.http.send(exchange).await?;
        if !(200..300).contains(&answer.status) {
            return Err(refusal::of_call(answer.status, &answer.body));
        }
        let json = match answer.body.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&answer.body)
                .map_err(|_| ServerError::NotAHub(format!("{path} brought no JSON")))?,
        };
        Ok(Answer { json, etag: answer.etag })
    }
}

/// Whether there is a hub, and it calls itself what this terminal calls it.
///
/// # Errors
/// It cannot be reached, or is another.
pub(super) async fn look_for_hub(terminal: &Terminal) -> anyhow::Result<()> {
    let server = &terminal.server;
    let http = Http::new(server, terminal.extra_ca_pem.as_deref())?;
    let exchange = Exchange {
        method: Method::GET,
        url: server.join(".well-known/openid-configuration"),
        media_type: "application/json",
        body: None,
        bearer: None,
        if_match: None,
    };
    let answer = http.send(exchange).await?;
    let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match document.get("issuer").and_then(Value::as_str) {
        Some(issuer) if issuer == server.as_str() => Ok(()),
        Some(issuer) => {
            Err(ServerError::NotAHub(format!("{server} calls itself {issuer}; name it like that")).into())
        }
        None => Err(ServerError::NotAHub(format!("{server} has no discovery document")).into()),
    }
}

/// `name=value`, encoded.
fn query(name: &str, value: &str) -> String {
    serde_urlencoded::to_string([(name, value)]).unwrap_or_default()
}

/// `text` as one part of a path.
pub(super) fn segment(text: &str) -> String {
    // A form writes a blank as +, which a path takes for itself.
    query("", text).trim_start_matches('=').replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_path_stays_one_part() {
        assert_eq!(segment("con_1"), "con_1");
        assert_eq!(segment("a/b?c#d e+f"), "a%2Fb%3Fc%23d%20e%2Bf");
        assert_eq!(segment("=x"), "%3Dx");
    }
}
