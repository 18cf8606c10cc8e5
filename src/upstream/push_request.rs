//! The authorization request goes to the provider directly, and the browser carries a reference to it (RFC 9126).

use http::Request;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::call::Call;
use super::client_authentication::Authentication;
use super::error::{UpstreamError, printable};
use super::http::{HttpAnswer, no_url};
use super::json_answer::Document;
use crate::domain::limits;

/// Pushes what `url` says to `endpoint`; the URL for the browser instead.
///
/// # Errors
/// `par-…` checks, and those of [`super::http::HttpClient::send`].
pub(super) async fn push(call: &Call<'_>, endpoint: &str, url: &Url) -> Result<String, UpstreamError> {
    let authentication = Authentication::of(call)?;
    let mut browser_url = Url::parse(&call.provider.authorization_endpoint)
        .map_err(|_| no_url(call.purpose("authorization")))?;
    // What the endpoint's own address says stays there.
    let own: Vec<(String, String)> = browser_url.query_pairs().into_owned().collect();
    let said: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|pair| !own.contains(pair)).collect();
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(&said).extend_pairs(&authentication.parameters);
    let mut request = Request::post(endpoint)
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form.finish().into_bytes())
        .map_err(|_| no_url(call.purpose("pushed request")))?;
    authentication.add_to(request.headers_mut());
    let answer = call.http.send(call.purpose("pushed request"), request).await?;
    let kept: Vec<&str> =
        said.iter().filter(|(name, _)| is_secret(name)).map(|(_, value)| value.as_str()).collect();
    let secrets: Vec<&str> = authentication.secrets().chain(kept).collect();
    let checks = ["par-client", "par-answer"];
    let reference = call.http.trace().tell(&checks, reference(answer, endpoint, &secrets))?;
    browser_url
        .query_pairs_mut()
        .append_pair("client_id", &call.connection.options.client_id)
        .append_pair("request_uri", &reference);
    Ok(browser_url.into())
}

/// What a provider's words must not repeat into a log.
fn is_secret(name: &str) -> bool {
    matches!(name, "state" | "nonce" | "code_challenge")
}

fn reference(answer: HttpAnswer, endpoint: &str, secrets: &[&str]) -> Result<String, UpstreamError> {
    let document = Document { check: "par-answer", name: "the answer to a pushed request", url: endpoint };
    if let Some(body) = answer.object()
        && let Some(error) = body.get("error").and_then(Value::as_str)
    {
        return Err(refused(error, body.get("error_description").and_then(Value::as_str), secrets));
    }
    let body = answer.into_object(document)?;
    let reference = body.get("request_uri").and_then(Value::as_str).unwrap_or_default();
    let is_reference = (1..=limits::URL_BYTES).contains(&reference.len()) && Url::parse(reference).is_ok();
    if !is_reference {
        return Err(UpstreamError::invalid(
            "par-answer",
            "request_uri as a URI",
            "none",
            "Make your provider answer pushed requests by RFC 9126, section 2.2.",
        ));
    }
    Ok(reference.to_owned())
}

fn refused(error: &str, description: Option<&str>, secrets: &[&str]) -> UpstreamError {
    let mut came = printable(error, secrets);
    if let Some(description) = description {
        came = format!("{came} ({})", printable(description, secrets));
    }
    let expected = "a reference to the pushed request";
    match error {
        "invalid_client" | "unauthorized_client" => UpstreamError::misconfigured(
            "par-client",
            expected,
            came,
            "Compare client id, client secret or key and token_endpoint_auth_method of this connection with the \
             application registered at your provider.",
        ),
        _ => UpstreamError::misconfigured(
            "par-request",
            expected,
            came,
            "Allow redirect URI, response type and scopes of this connection for this application at your provider, or \
             set pushed_authorization_requests of this connection to never.",
        ),
    }
}
