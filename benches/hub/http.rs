//! The driver's HTTP: keep-alive, no redirects taken, every request bounded in time.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use reqwest::header::{CONTENT_TYPE, HeaderName};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::Value;

const TIMEOUT: Duration = Duration::from_secs(30);

/// # Errors
/// The client cannot be made.
pub fn client() -> anyhow::Result<Client> {
    client_at(None)
}

/// A client whose connections come from `address`.
///
/// # Errors
/// The client cannot be made.
pub fn client_at(address: Option<IpAddr>) -> anyhow::Result<Client> {
    #[expect(clippy::disallowed_methods, reason = "browsers and applications, not the hub")]
    let builder = Client::builder().local_address(address);
    Ok(builder.no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT).build()?)
}

/// A `POST` of a form.
///
/// # Errors
/// The fields cannot be written.
pub fn post_form(http: &Client, url: &str, fields: &[(&str, &str)]) -> anyhow::Result<RequestBuilder> {
    let body = serde_urlencoded::to_string(fields)?;
    Ok(http.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body))
}

/// Sends `request`, whose answer must have `status`.
///
/// # Errors
/// No answer, or another.
pub async fn expect(request: RequestBuilder, status: StatusCode) -> anyhow::Result<Response> {
    let response = request.send().await?;
    if response.status() != status {
        let (came, url) = (response.status(), response.url().clone());
        anyhow::bail!("{url} answered {came}: {}", response.text().await?);
    }
    Ok(response)
}

/// The whole JSON body.
///
/// # Errors
/// The body is none.
pub async fn json(response: Response) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&response.bytes().await?)?)
}

/// A text member of a JSON object.
///
/// # Errors
/// There is none.
pub fn text<'a>(json: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    json.get(name).and_then(Value::as_str).with_context(|| format!("no {name} in {json}"))
}

/// A header of an answer.
///
/// # Errors
/// It is missing.
pub fn header(response: &Response, name: &HeaderName) -> anyhow::Result<String> {
    let value = response.headers().get(name).with_context(|| format!("no {name} in the answer"))?;
    Ok(value.to_str()?.to_owned())
}

/// One parameter of a URL's query.
///
/// # Errors
/// It is missing, as in an error answer.
pub fn parameter(url: &str, name: &str) -> anyhow::Result<String> {
    let parsed = url::Url::parse(url)?;
    let found = parsed.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    ensure!(found.is_some(), "no {name} in {url}");
    Ok(found.unwrap_or_default())
}
