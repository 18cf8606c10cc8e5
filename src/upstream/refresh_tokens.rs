//! New tokens for a refresh token, at the token endpoint (RFC 6749 §6).

use openidconnect::{HttpRequest, RefreshToken, RequestTokenError};

use super::call::Call;
use super::error::UpstreamError;
use super::token_endpoint::{TokenEndpoint, Wanted};
use crate::domain::secret::Secret;
use crate::domain::upstream_tokens::UpstreamTokens;

/// Refreshes what a provider gave; a provider that gives no new refresh token means the old one.
///
/// # Errors
/// `token-refresh`, where the provider has ended it; other `token-…` checks, and those of
/// [`super::http::HttpClient::send`].
pub(super) async fn refresh(
    call: &Call<'_>,
    refresh_token: &Secret,
) -> Result<UpstreamTokens, UpstreamError> {
    let endpoint = TokenEndpoint::of(call, None)?;
    let client = endpoint.client()?;
    let old = RefreshToken::new(refresh_token.reveal().to_owned());
    let mut request = client.exchange_refresh_token(&old);
    for (name, value) in &endpoint.authentication.parameters {
        request = request.add_extra_param(*name, value.clone());
    }
    let secrets = [refresh_token.reveal()];
    let send = |request: HttpRequest| endpoint.exchange(request, Wanted::Refresh, &secrets);
    let answer = request.request_async(&send).await.map_err(|error| match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(_) | RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            endpoint.unreadable()
        }
    })?;
    let kept = TokenEndpoint::tokens(&answer).to_keep(call.now).ok_or_else(|| endpoint.unreadable())?;
    let refresh_token = kept.refresh_token.clone().or_else(|| Some(refresh_token.clone()));
    Ok(UpstreamTokens { refresh_token, ..kept })
}
