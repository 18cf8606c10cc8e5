//! The code for tokens, at the token endpoint (RFC 6749 §4.1.3, OpenID Connect Core §3.1.3).
//!
//! The oauth2 crate writes the request: form, client authentication, PKCE. The answer is read here, so that
//! an oddity in a field nobody needs does not break a sign-in.

use std::borrow::Cow;

use http::Response;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, ExtraTokenFields, HttpRequest, HttpResponse,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, StandardRevocableToken, StandardTokenResponse,
    TokenResponse as _, TokenUrl,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Expected;
use super::error::{UpstreamError, printable, quoted};
use super::http::{HttpAnswer, HttpClient, Purpose};
use super::json_answer::Document;
use super::provider::Provider;
use crate::domain::connection::{Connection, TokenEndpointAuthMethod};
use crate::domain::limits;

#[derive(Debug, Serialize, Deserialize)]
struct IdTokenField {
    id_token: String,
}

impl ExtraTokenFields for IdTokenField {}

type TokenClient = oauth2::Client<
    BasicErrorResponse,
    StandardTokenResponse<IdTokenField, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

/// What the login needs of the token answer.
pub(super) struct Tokens {
    pub(super) id_token: String,
    /// Printable ASCII; some providers give none for `openid` alone.
    pub(super) access_token: Option<String>,
}

/// Redeems `code` at the token endpoint of the connection the login departed with.
///
/// # Errors
/// `token-…` checks, and those of [`HttpClient::send`].
pub(super) async fn redeem_code(
    http: &HttpClient,
    provider: &Provider,
    connection: &Connection,
    expected: &Expected<'_>,
    code: &str,
) -> Result<Tokens, UpstreamError> {
    let options = &connection.options;
    let endpoint = provider.token_endpoint.as_deref().ok_or_else(|| {
        UpstreamError::misconfigured(
            "token-endpoint",
            "a token endpoint",
            "none",
            "Enter the token endpoint of the provider, or publish it in its discovery document.",
        )
    })?;
    let (Ok(token_url), Ok(redirect_uri)) =
        (TokenUrl::new(endpoint.to_owned()), RedirectUrl::new(expected.redirect_uri.to_owned()))
    else {
        return Err(UpstreamError::misconfigured(
            "token-endpoint",
            "a URL as token endpoint",
            quoted(endpoint),
            "Correct the token endpoint of this connection.",
        ));
    };
    let (auth_type, secret) = match options.token_endpoint_auth_method {
        TokenEndpointAuthMethod::ClientSecretPost => {
            (AuthType::RequestBody, connection.client_secret.as_ref())
        }
        TokenEndpointAuthMethod::ClientSecretBasic => {
            (AuthType::BasicAuth, connection.client_secret.as_ref())
        }
        TokenEndpointAuthMethod::None => (AuthType::RequestBody, None),
    };
    let mut client = TokenClient::new(ClientId::new(options.client_id.clone()))
        .set_token_uri(token_url)
        .set_auth_type(auth_type);
    if let Some(secret) = secret {
        client = client.set_client_secret(ClientSecret::new(secret.reveal().to_owned()));
    }
    let mut request = client
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .set_redirect_uri(Cow::Owned(redirect_uri));
    if let Some(verifier) = expected.pkce_verifier {
        request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
    }
    let secrets =
        [code, secret.map_or("", |secret| secret.reveal()), expected.pkce_verifier.unwrap_or_default()];
    let purpose =
        Purpose { connection: &connection.name, operation: "token", limit: limits::OUTBOUND_ANSWER_BYTES };
    let send = |request: HttpRequest| async move {
        let answer = http.send(purpose, request).await?;
        normalised(&answer, endpoint, &secrets)
    };
    let answer = request.request_async(&send).await.map_err(|error| match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(_) | RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            unreadable(endpoint)
        }
    })?;
    let access_token = answer.access_token().secret();
    Ok(Tokens {
        access_token: (!access_token.is_empty()).then(|| access_token.clone()),
        id_token: answer.extra_fields().id_token.clone(),
    })
}

/// The answer with nothing in it but what a login needs, in the one form the crate takes.
fn normalised(answer: &HttpAnswer, endpoint: &str, secrets: &[&str]) -> Result<HttpResponse, UpstreamError> {
    let wanted = Document { check: "token-answer", name: "the token answer", url: endpoint };
    let object = match answer.object() {
        Some(object) => object,
        None if answer.status.is_success() => return Err(answer.unreadable(wanted)),
        None => return Err(answer.unsuccessful(wanted)),
    };
    if let Some(error) = object.get("error").and_then(Value::as_str) {
        let description = object.get("error_description").and_then(Value::as_str);
        return Err(refused(answer, error, description, secrets));
    }
    if !answer.status.is_success() {
        return Err(answer.unsuccessful(wanted));
    }
    let id_token = object.get("id_token").and_then(Value::as_str).ok_or_else(|| {
        UpstreamError::invalid(
            "token-id-token",
            "an ID token in the token answer",
            "none",
            "Make your provider treat this application as an OpenID Connect one and allow the scope openid.",
        )
    })?;
    // Missing is harmless unless UserInfo is asked; a character outside RFC 6749 appendix A.12 could not be
    // sent on in a header.
    let access_token = object.get("access_token").and_then(Value::as_str).unwrap_or_default();
    if !access_token.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        return Err(UpstreamError::invalid(
            "token-access-token",
            "an access token of printable ASCII characters",
            "one with others",
            "Make your provider issue access tokens by RFC 6749, appendix A.12.",
        ));
    }
    let body = json!({"access_token": access_token, "token_type": "bearer", "id_token": id_token});
    Ok(Response::new(body.to_string().into_bytes()))
}

/// A named error of the token endpoint (RFC 6749 §5.2).
fn refused(answer: &HttpAnswer, error: &str, description: Option<&str>, secrets: &[&str]) -> UpstreamError {
    let mut came = printable(error, secrets);
    if let Some(description) = description {
        came = format!("{came} ({})", printable(description, secrets));
    }
    let expected = "tokens for the code";
    match error {
        "invalid_client" | "unauthorized_client" => UpstreamError::misconfigured(
            "token-client",
            expected,
            came,
            "Compare client id, client secret (is it expired?) and token_endpoint_auth_method of this \
             connection with the application registered at your provider.",
        ),
        "unsupported_grant_type" => UpstreamError::misconfigured(
            "token-grant-type",
            expected,
            came,
            "Allow the grant type authorization_code for this application at your provider.",
        ),
        "invalid_scope" => UpstreamError::misconfigured(
            "token-scope",
            expected,
            came,
            "Allow the scopes of this connection for this application at your provider.",
        ),
        "invalid_grant" => UpstreamError::invalid(
            "token-code",
            expected,
            came,
            "Your provider did not take the code it had issued: check that its application has exactly this \
             hub's redirect URI, that its code lives for a minute, and whether it demands or rejects PKCE.",
        ),
        _ if answer.status.is_server_error() => UpstreamError::unreachable(
            "token-answer",
            expected,
            came,
            "Your provider's token endpoint is failing; check its health.",
        ),
        _ => UpstreamError::invalid(
            "token-answer",
            expected,
            came,
            "Look for this error in the log of your provider's token endpoint.",
        ),
    }
}

fn unreadable(endpoint: &str) -> UpstreamError {
    UpstreamError::invalid(
        "token-answer",
        "a token answer by RFC 6749",
        "something else",
        format!("Check that {endpoint} is the token endpoint."),
    )
}
