//! The code for tokens, at the token endpoint (RFC 6749 §4.1.3, OpenID Connect Core §3.1.3).

use std::borrow::Cow;

use openidconnect::{AuthorizationCode, HttpRequest, PkceCodeVerifier, RedirectUrl, RequestTokenError};

use super::Expected;
use super::call::Call;
use super::error::UpstreamError;
use super::possession::ProofKey;
use super::token_endpoint::{TokenEndpoint, Tokens, Wanted};

/// Redeems `code` at the token endpoint of the connection the login departed with.
///
/// # Errors
/// `token-…` checks, and those of [`super::http::HttpClient::send`].
pub(super) async fn redeem_code(
    call: &Call<'_>,
    expected: &Expected<'_>,
    code: &str,
    key: Option<&ProofKey>,
) -> Result<Tokens, UpstreamError> {
    let endpoint = TokenEndpoint::of(call, key)?;
    let redirect_uri = RedirectUrl::new(expected.redirect_uri.to_owned()).map_err(|_| endpoint.no_url())?;
    let client = endpoint.client()?;
    let mut request = client
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .set_redirect_uri(Cow::Owned(redirect_uri));
    if let Some(verifier) = expected.pkce_verifier {
        request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
    }
    for (name, value) in &endpoint.authentication.parameters {
        request = request.add_extra_param(*name, value.clone());
    }
    let secrets = [code, expected.pkce_verifier.unwrap_or_default()];
    let send = |request: HttpRequest| endpoint.exchange(request, Wanted::SignIn, &secrets);
    let answer = request.request_async(&send).await.map_err(|error| match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(_) | RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            endpoint.unreadable()
        }
    })?;
    Ok(TokenEndpoint::tokens(&answer))
}
